// Keys of Care's pages: whatever carries data-key="a" is clicked (a field is focused) when a is pressed and nobody is typing.
// data-key="g q" is pressed one after the other; data-key="Ctrl+Enter" also works while somebody is typing.
// data-key-focus="id" is focused afterwards. data-key-label="…" is its name in the list of keys (otherwise its label or text).
(() => {
  window.careKeys = true;
  const TOGETHER = 1500; // ms between two strokes of one key
  const AFTER_INPUT = 100; // ms after Japanese input, whose Return confirms a word
  let begun = "";
  let began = 0;
  let composed = 0;
  const typing = (target) =>
    target.closest?.(
      "input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable], dialog[open]",
    );
  const isThere = (element) =>
    !element.disabled &&
    (element.offsetParent !== null ||
      element.matches("label, [data-keys-open], [data-hidden-key]"));
  const bearers = () =>
    Array.from(document.querySelectorAll("[data-key]")).filter((e) => e.dataset.key && isThere(e));
  const labelOf = (element) =>
    (element.dataset.keyLabel || element.getAttribute("aria-label") || element.textContent)
      .trim()
      .replace(/\s+/g, " ");

  const act = (element) => {
    if (element.matches("input, select")) element.focus();
    else element.click();
    const wanted = element.dataset.keyFocus && document.getElementById(element.dataset.keyFocus);
    if (wanted) {
      wanted.focus();
      wanted.scrollIntoView({ block: "nearest" });
    }
  };

  // --- The list of keys
  let dialog;
  const list = () => {
    if (!dialog) {
      dialog = document.createElement("dialog");
      dialog.className = "keys";
      dialog.setAttribute("aria-labelledby", "keys-title");
      document.body.append(dialog);
    }
    const title = document.createElement("h2");
    title.id = "keys-title";
    title.className = "subtitle";
    title.textContent = "Keys on this page";
    const rows = document.createElement("dl");
    rows.className = "keys__list";
    for (const [key, text] of new Map(bearers().map((e) => [e.dataset.key, labelOf(e)]))) {
      const name = document.createElement("dt");
      for (const stroke of key.split(" "))
        name.append(Object.assign(document.createElement("kbd"), { textContent: stroke }), " ");
      rows.append(name, Object.assign(document.createElement("dd"), { textContent: text }));
    }
    const settings = Object.assign(document.createElement("a"), {
      href: "/preferences/#keys",
      textContent: "Change or switch off keys",
    });
    const close = Object.assign(document.createElement("button"), {
      className: "btn",
      type: "button",
      textContent: "Close",
    });
    close.addEventListener("click", () => dialog.close());
    const end = Object.assign(document.createElement("p"), { className: "keys__end" });
    end.append(close, settings);
    dialog.replaceChildren(title, rows, end);
    dialog.showModal();
  };

  // --- What was pressed, as data-key says it
  const strokeOf = (event) => {
    if (["Control", "Alt", "Shift", "Meta"].includes(event.key)) return "";
    const named = event.key.length > 1;
    const held = event.ctrlKey || event.metaKey || event.altKey;
    const parts = [];
    if (event.ctrlKey || event.metaKey) parts.push("Ctrl");
    if (event.altKey) parts.push("Alt");
    if (event.shiftKey && named) parts.push("Shift");
    // With Alt a keyboard may type another character: the key itself counts.
    const plain =
      held && /^Key[A-Z]$/.test(event.code) ? event.code.slice(3).toLowerCase() : event.key;
    return [...parts, plain].join("+");
  };

  document.addEventListener("compositionend", () => {
    composed = Date.now();
  });
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return;
    if (event.getModifierState?.("AltGraph") || Date.now() - composed < AFTER_INPUT) return;
    if (event.key === "Escape" && typing(event.target) && !event.target.closest("dialog[open]")) {
      event.target.blur(); // so that the keys work again
      return;
    }
    const stroke = strokeOf(event);
    if (!stroke) return;
    const isTyped = !/^(Ctrl|Alt)\+/.test(stroke) && typing(event.target);
    if (isTyped || (typing(event.target) && event.target.closest("dialog[open]"))) return;
    const before = Date.now() - began < TOGETHER ? begun : "";
    const all = bearers();
    for (const pressed of before ? [`${before} ${stroke}`, stroke] : [stroke]) {
      const near = event.target.closest?.("form"); // of two forms, the one that is being written
      const fits = all.filter(
        (element) =>
          element.dataset.key === pressed &&
          (!("keyHere" in element.dataset) || (near && element.form === near)),
      );
      const found = fits.find((element) => near && element.form === near) || fits[0];
      if (found) {
        begun = "";
        event.preventDefault();
        if (found.matches("[data-keys-open]")) list();
        else act(found);
        return;
      }
      if (all.some((element) => element.dataset.key.startsWith(`${pressed} `))) {
        begun = pressed;
        began = Date.now();
        event.preventDefault();
        return;
      }
    }
    begun = "";
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-keys-open]")) list();
  });
  for (const button of document.querySelectorAll("[data-keys-open]")) button.hidden = false;
})();
