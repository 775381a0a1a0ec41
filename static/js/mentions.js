// Names after an @ in a text box with `data-mentions`, the address that suggests them: arrows and
// Return choose, Escape leaves.
(() => {
  const watch = (box) => {
    const names = document.createElement("ul");
    names.className = "mention";
    names.id = `${box.id}-mentions`;
    names.setAttribute("role", "listbox");
    names.setAttribute("aria-label", box.dataset.mentionsLabel);
    names.hidden = true;
    box.after(names);
    box.setAttribute("aria-controls", names.id);
    box.setAttribute("aria-autocomplete", "list");
    let at = -1;
    let chosen = 0;
    let asked = 0;
    const options = () => Array.from(names.children);
    const taken = new Set();
    const close = () => {
      at = -1;
      asked++; // an answer on its way opens nothing any more
      names.hidden = true;
      names.replaceChildren();
      box.removeAttribute("aria-activedescendant");
    };
    const mark = (index) => {
      const all = options();
      if (!all.length) return;
      chosen = (index + all.length) % all.length;
      for (const [place, one] of all.entries())
        one.setAttribute("aria-selected", String(place === chosen));
      box.setAttribute("aria-activedescendant", all[chosen].id);
    };
    const take = (one) => {
      taken.add(one.dataset.name);
      box.focus();
      box.setRangeText(`@${one.dataset.name} `, at, box.selectionStart, "end");
      box.dispatchEvent(new Event("input", { bubbles: true }));
      box.dispatchEvent(new Event("change", { bubbles: true })); // saved at once, as on leaving the box
      close();
    };
    box.addEventListener("input", async () => {
      const before = box.value.slice(0, box.selectionStart);
      const found = /(?:^|[^\w@./])@([\p{L}\p{N}_][\p{L}\p{N}_ .'-]{0,40})?$/u.exec(before);
      const typed = found?.[1] || "";
      if (!found || typed.endsWith("  ") || taken.has(typed.trimEnd())) return close();
      const began = before.lastIndexOf("@");
      const turn = ++asked;
      const answer = await window.care.ask(
        `${box.dataset.mentions}?q=${encodeURIComponent(typed)}`,
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
    box.addEventListener("keydown", (event) => {
      if (names.hidden || event.ctrlKey || event.metaKey) return; // Ctrl+Enter sends
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
    box.addEventListener("blur", () => setTimeout(close, 150));
  };
  for (const box of document.querySelectorAll("textarea[data-mentions]")) watch(box);
})();
