// The case page of Care: who else is there, text inserted at the cursor.
(() => {
  // --- Who else is at this case: one small request every ten seconds, none while the page is hidden.
  const place = document.querySelector("[data-presence]");
  let writes = "";
  let stillWriting;
  const say = async () => {
    const body = new URLSearchParams({ writes, seen: place.dataset.seen });
    const answer = await window.care.ask(place.dataset.presence, { method: "POST", body });
    if (!answer) return;
    const text = await answer.text();
    if (place.dataset.shown === text) return; // nothing is announced twice
    place.dataset.shown = text;
    place.innerHTML = text; // rendered by our own template
  };
  if (place) {
    say();
    setInterval(() => document.hidden || say(), 10_000);
    document.addEventListener("visibilitychange", () => document.hidden || say());
    document.addEventListener("input", (event) => {
      const form = event.target.closest?.("form[data-writes]");
      if (!form) return;
      clearTimeout(stillWriting);
      stillWriting = setTimeout(() => {
        writes = "";
      }, 60_000);
      if (writes === form.dataset.writes) return;
      writes = form.dataset.writes;
      say();
    });
  }

  // --- Text inserted at the cursor.
  const insert = (box, text, from = box.selectionStart, to = box.selectionEnd) => {
    box.focus();
    box.setRangeText(text, from, to, "end");
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.dispatchEvent(new Event("change", { bubbles: true })); // saved immediately, as when the box loses the focus
  };
  document.addEventListener("click", (event) => {
    const one = event.target.closest?.("[data-insert]");
    const list = one?.closest("[data-inserts]");
    const box = list && document.getElementById(list.dataset.inserts);
    if (!box) return;
    event.preventDefault();
    insert(box, one.dataset.insert);
    list.replaceChildren();
    if (one.dataset.effectsOf) showEffects(box, one.dataset.effectsOf);
  });

  // --- What a macro does besides its text; the button names what the message is.
  const showEffects = async (box, address) => {
    const place = box.form.querySelector("[data-effects-place]");
    const answer = await window.care.ask(address);
    if (!answer || !place) return;
    place.innerHTML = await answer.text(); // rendered by our own template
    nameButton(box.form);
  };
  const nameButton = (form) => {
    const sendAs = form.querySelector("[data-effects]")?.dataset.sendAs || "";
    const button = form.querySelector(".send > .btn");
    const way = sendAs && form.querySelector(`button[formaction$="/${sendAs}/"]`);
    if (!button) return;
    button.dataset.usual ||= button.textContent;
    button.textContent = way ? way.textContent.trim() : button.dataset.usual;
    if (way) button.setAttribute("formaction", way.getAttribute("formaction"));
    else button.removeAttribute("formaction");
  };
  for (const form of document.querySelectorAll("form[data-writes]")) nameButton(form);
  document.addEventListener("click", (event) => {
    const off = event.target.closest?.("[data-effects-off]");
    if (!off) return;
    const { form } = off;
    form.querySelector("[data-effects-place]").replaceChildren();
    nameButton(form);
    form.querySelector("textarea").focus();
  });

  // --- Macros: what is typed filters them, arrows choose, Return inserts.
  const marked = (list) => list.querySelector("[aria-selected=true]");
  const choose = (list, one) => {
    for (const other of list.querySelectorAll("[role=option]"))
      other.setAttribute("aria-selected", String(other === one));
    one?.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("input", (event) => {
    if (!event.target.matches?.("[data-macro-filter]")) return;
    const words = event.target.value.toLowerCase().split(/\s+/);
    const list = document.getElementById(event.target.getAttribute("aria-controls"));
    const fits = [];
    for (const one of list.querySelectorAll("[role=option]")) {
      const text = one.textContent.toLowerCase();
      one.parentElement.hidden = !words.every((word) => text.includes(word));
      if (!one.parentElement.hidden) fits.push(one);
    }
    fits.sort((a, b) => Number(named(b, words)) - Number(named(a, words)));
    choose(list, fits[0]);
  });
  const named = (one, words) =>
    words.every((word) => one.querySelector("strong").textContent.toLowerCase().includes(word));
  document.addEventListener("keydown", (event) => {
    if (!event.target.matches?.("[data-macro-filter]") || event.isComposing) return;
    const list = document.getElementById(event.target.getAttribute("aria-controls"));
    const all = Array.from(list.querySelectorAll("li:not([hidden]) [role=option]"));
    const at = all.indexOf(marked(list));
    if (event.key === "ArrowDown") choose(list, all[(at + 1) % all.length]);
    else if (event.key === "ArrowUp") choose(list, all[(at - 1 + all.length) % all.length]);
    else if (event.key === "Enter") all[Math.max(at, 0)]?.click();
    else if (event.key === "Escape") {
      const box = document.getElementById(list.closest("[data-inserts]").dataset.inserts);
      list.closest("[data-inserts]").replaceChildren();
      box.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
})();
