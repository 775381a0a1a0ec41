// The case page of Care: who else is there, names after an @, text inserted at the cursor.
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
  });

  // --- Names after an @ in a note: arrows and Return choose, Escape leaves.
  const composer = document.querySelector("[data-composer]");
  const note = document.getElementById("note_text");
  if (!composer || !note) return;
  const names = document.createElement("ul");
  names.className = "mention";
  names.id = "mention-names";
  names.setAttribute("role", "listbox");
  names.setAttribute("aria-label", "Colleagues and teams");
  names.hidden = true;
  note.after(names);
  note.setAttribute("aria-controls", "mention-names");
  note.setAttribute("aria-autocomplete", "list");
  let at = -1;
  let chosen = 0;
  let asked = 0;
  const options = () => Array.from(names.children);
  const close = () => {
    at = -1;
    names.hidden = true;
    names.replaceChildren();
    note.removeAttribute("aria-activedescendant");
  };
  const mark = (index) => {
    const all = options();
    if (!all.length) return;
    chosen = (index + all.length) % all.length;
    for (const [place, one] of all.entries())
      one.setAttribute("aria-selected", String(place === chosen));
    note.setAttribute("aria-activedescendant", all[chosen].id);
  };
  const take = (one) => {
    insert(note, `@${one.dataset.name} `, at, note.selectionStart);
    close();
  };
  note.addEventListener("input", async () => {
    const before = note.value.slice(0, note.selectionStart);
    const found = /(?:^|[^\w@./])@([\p{L}\p{N}_][\p{L}\p{N}_ .'-]{0,40})?$/u.exec(before);
    if (!found || (found[1] || "").endsWith("  ")) return close();
    const began = before.lastIndexOf("@");
    const turn = ++asked;
    const answer = await window.care.ask(
      `${composer.dataset.colleagues}?q=${encodeURIComponent(found[1] || "")}`,
    );
    if (!answer || turn !== asked) return;
    const text = (await answer.text()).trim();
    if (turn !== asked) return;
    if (!text) return close();
    at = began;
    names.innerHTML = text; // rendered by our own template
    names.hidden = false;
    mark(0);
  });
  note.addEventListener("keydown", (event) => {
    if (names.hidden) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp")
      mark(chosen + (event.key === "ArrowDown" ? 1 : -1));
    else if (event.key === "Enter" || event.key === "Tab") take(options()[chosen]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  names.addEventListener("mousedown", (event) => {
    const one = event.target.closest("[data-name]");
    if (!one) return;
    event.preventDefault();
    take(one);
  });
  note.addEventListener("blur", () => setTimeout(close, 150));
})();
