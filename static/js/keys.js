// Keys: whatever carries data-key="a" is clicked when a is pressed and nobody is typing; data-key-focus="id" is focused then.
// data-key-label="…" is its name in the list of keys (otherwise its label or text). `?` lists the keys of the page.
(() => {
  const typing = (target) =>
    target.closest?.(
      "input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable], dialog[open]",
    );
  const isThere = (element) =>
    !element.disabled &&
    (element.offsetParent !== null || element.matches("label, [data-keys-open]"));
  const bearers = () =>
    Array.from(document.querySelectorAll("[data-key]")).filter((e) => e.dataset.key && isThere(e));
  const labelOf = (element) =>
    (element.dataset.keyLabel || element.getAttribute("aria-label") || element.textContent)
      .trim()
      .replace(/\s+/g, " ");

  const act = (element) => {
    if (element.matches("input")) element.focus();
    else element.click();
    const wanted = element.dataset.keyFocus && document.getElementById(element.dataset.keyFocus);
    if (wanted) {
      wanted.focus();
      wanted.scrollIntoView({ block: "nearest" });
    }
  };

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
      name.append(Object.assign(document.createElement("kbd"), { textContent: key }));
      rows.append(name, Object.assign(document.createElement("dd"), { textContent: text }));
    }
    const close = Object.assign(document.createElement("button"), {
      className: "btn",
      type: "button",
      textContent: "Close",
    });
    close.addEventListener("click", () => dialog.close());
    dialog.replaceChildren(title, rows, close);
    dialog.showModal();
  };

  document.addEventListener("keydown", (event) => {
    if (
      event.defaultPrevented ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      event.isComposing
    )
      return;
    if (event.key === "Escape" && typing(event.target) && !event.target.closest("dialog[open]")) {
      event.target.blur(); // so that the keys work again
      return;
    }
    if (typing(event.target)) return;
    if (event.key === "?") {
      event.preventDefault();
      list();
      return;
    }
    const found = bearers().find((element) => element.dataset.key === event.key);
    if (!found) return;
    event.preventDefault();
    act(found);
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-keys-open]")) list();
  });
  for (const button of document.querySelectorAll("[data-keys-open]")) button.hidden = false;
})();
