// Search of everything in the top bar: results appear while somebody types. Without this script the field sends its form.
(() => {
  const form = document.querySelector("[data-finder]");
  if (!form) return;
  const input = form.querySelector("input[type=search]");
  const list = form.querySelector("[data-finder-list]");
  const announcer = document.getElementById("announcer");
  let chosen = -1;
  let waiting;
  let request;
  let shown = "";

  const options = () => Array.from(list.querySelectorAll("[role=option]"));
  const close = () => {
    list.hidden = true;
    chosen = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const mark = (index) => {
    const all = options();
    if (!all.length) return;
    chosen = (index + all.length) % all.length;
    for (const [place, one] of all.entries())
      one.setAttribute("aria-selected", String(place === chosen));
    all[chosen].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", all[chosen].id);
  };
  const isEnough = (text) => text.length > 1 || /[\u3040-\u30ff\u3400-\u9fff]/.test(text);
  const open = (html) => {
    list.innerHTML = html; // rendered by our own template
    chosen = -1;
    input.removeAttribute("aria-activedescendant");
    list.hidden = !html.trim();
    input.setAttribute("aria-expanded", String(!list.hidden));
    const count = options().length - 1;
    if (announcer && !list.hidden && count > 0)
      announcer.textContent = list.dataset.count.replace("{n}", count);
  };
  const look = async () => {
    const text = input.value.trim();
    if (!isEnough(text)) {
      shown = "";
      return close();
    }
    if (text === shown && list.innerHTML) return open(list.innerHTML);
    request?.abort();
    request = new AbortController();
    const address = `${form.action}?part=1&q=${encodeURIComponent(text)}`;
    try {
      const answer = await window.care.ask(address, { signal: request.signal });
      if (!answer || input.value.trim() !== text) return;
      const html = await answer.text();
      if (input.value.trim() !== text || document.activeElement !== input) return;
      shown = text;
      open(html);
    } catch {
      // A newer request took its place.
    }
  };
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(look, 150);
  });
  input.addEventListener("focus", () => {
    input.select();
    if (input.value) look();
  });
  input.addEventListener("blur", () => setTimeout(close, 150));
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return; // Return confirms Japanese input
    if (event.key === "Escape") {
      if (list.hidden) input.blur();
      else close();
    } else if (list.hidden) return;
    else if (event.key === "ArrowDown") mark(chosen + 1);
    else if (event.key === "ArrowUp") mark(chosen < 0 ? -1 : chosen - 1);
    else if (event.key === "Enter" && chosen >= 0) options()[chosen].click();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  // Care's pages have keys of their own (keys.js).
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || !("slash" in input.dataset) || event.defaultPrevented) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest?.("input, textarea, select, [contenteditable], dialog[open]")) return;
    event.preventDefault();
    input.focus();
  });
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
})();
