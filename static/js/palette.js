// Commands: Ctrl K (or ⌘ K) opens a box; what is typed finds the page's keys, its views and places, or a case by number.
(() => {
  let dialog,
    input,
    list,
    found = [],
    place = 0;
  const text = (element) =>
    (element.dataset.keyLabel || element.getAttribute("aria-label") || element.textContent)
      .trim()
      .replace(/\s+/g, " ");
  const there = (element) =>
    !element.disabled && (element.offsetParent !== null || element.matches("label"));
  const commands = () => {
    const keys = Array.from(document.querySelectorAll("[data-key]")).filter(
      (e) => e.dataset.key && there(e),
    );
    const links = Array.from(document.querySelectorAll(".top a[href], .desk__views a[href]"));
    const known = new Map();
    for (const e of keys)
      known.set(text(e), {
        label: text(e),
        key: e.dataset.key,
        act: () => {
          e.click();
          document.getElementById(e.dataset.keyFocus)?.focus();
        },
      });
    for (const e of links)
      if (text(e) && !known.has(text(e)))
        known.set(text(e), { label: text(e), key: "", act: () => location.assign(e.href) });
    return Array.from(known.values());
  };
  const asked = (typed) => {
    const number = /^(?:ct-?)?0*(\d{1,15})$/i.exec(typed);
    const more = [];
    if (number)
      more.push({
        label: `Open case CT-${number[1].padStart(7, "0")}`,
        key: "",
        act: () => location.assign(`/console/cases/CT-${number[1].padStart(7, "0")}/`),
      });
    if (typed)
      more.push({
        label: `Look for “${typed}” in the queue`,
        key: "",
        act: () => location.assign(`/console/?text=${encodeURIComponent(typed)}`),
      });
    return more;
  };
  const show = () => {
    const typed = input.value.trim();
    const words = typed.toLowerCase().split(/\s+/);
    const fits = commands().filter((one) =>
      words.every((word) => one.label.toLowerCase().includes(word)),
    );
    found = [
      ...(/\d/.test(typed) ? asked(typed) : []),
      ...fits,
      ...(/\d/.test(typed) ? [] : asked(typed)),
    ].slice(0, 12);
    place = Math.min(place, Math.max(found.length - 1, 0));
    list.replaceChildren(
      ...found.map((one, n) => {
        const row = document.createElement("li");
        row.id = `palette-${n}`;
        row.setAttribute("role", "option");
        row.setAttribute("aria-selected", String(n === place));
        row.textContent = one.label;
        if (one.key)
          row.append(" ", Object.assign(document.createElement("kbd"), { textContent: one.key }));
        row.addEventListener("click", () => run(n));
        return row;
      }),
    );
    input.setAttribute("aria-activedescendant", found.length ? `palette-${place}` : "");
  };
  const run = (n) => {
    const one = found[n];
    dialog.close();
    one?.act();
  };
  const make = () => {
    dialog = document.createElement("dialog");
    dialog.className = "palette";
    dialog.setAttribute("aria-label", "Commands");
    input = Object.assign(document.createElement("input"), {
      type: "text",
      autocomplete: "off",
      placeholder: "A command, a view, or CT-0000012",
    });
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-label", "Command");
    input.setAttribute("aria-expanded", "true");
    input.setAttribute("aria-controls", "palette-list");
    list = Object.assign(document.createElement("ul"), { id: "palette-list" });
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "Commands that fit");
    input.addEventListener("input", () => {
      place = 0;
      show();
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        place =
          (place + (event.key === "ArrowDown" ? 1 : found.length - 1)) % Math.max(found.length, 1);
        show();
      } else if (event.key === "Enter") {
        event.preventDefault();
        run(place);
      }
    });
    dialog.append(input, list);
    document.body.append(dialog);
  };
  document.addEventListener("keydown", (event) => {
    if (
      event.key.toLowerCase() !== "k" ||
      !(event.ctrlKey || event.metaKey) ||
      event.altKey ||
      event.shiftKey
    )
      return;
    event.preventDefault();
    if (!dialog) make();
    if (dialog.open) return dialog.close();
    input.value = "";
    place = 0;
    dialog.showModal();
    show();
    input.focus();
  });
})();
