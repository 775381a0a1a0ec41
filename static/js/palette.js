// Commands: Ctrl K (or ⌘ K) opens a box. What is typed finds what this page can do, a case by its number, customers, macros and pages.
(() => {
  const ADDRESS = "/console/palette/";
  const WAIT = 150; // ms after the last letter, before customers are asked for
  let dialog;
  let input;
  let list;
  let found = [];
  let place = 0;
  let stored; // pages and macros, asked for once
  let customers = { typed: "", entries: [] };
  let waiting;
  const code = document.querySelector("[data-palette-case]")?.dataset.paletteCase || "";
  const tidy = (text) => text.trim().replace(/\s+/g, " ");
  const text = (element) =>
    tidy(
      element.dataset.command ||
        element.dataset.keyLabel ||
        element.getAttribute("aria-label") ||
        element.textContent,
    );
  const there = (element) =>
    !element.disabled && (element.offsetParent !== null || element.matches("label"));
  const focusFirst = (element) =>
    element.querySelector("input:not([type=hidden]), select, textarea, button")?.focus();

  // --- what this page can do: its keys, the actions of its case, its views and places
  const ofPage = () => {
    const known = new Map();
    const add = (element, kind, act) => {
      const label = text(element);
      if (label && there(element) && !known.has(label))
        known.set(label, { label, kind, key: element.dataset.key || "", act });
    };
    const all = Array.from(document.querySelectorAll("[data-key], [data-command]"));
    const isOfPage = (element) => Boolean(element.closest("main"));
    for (const element of [...all.filter(isOfPage), ...all.filter((one) => !isOfPage(one))]) {
      if (element.dataset.key === "" && !element.dataset.command) continue;
      add(element, "", () => {
        if (element.matches("a, button, label, input, select, summary")) element.click();
        else focusFirst(element);
        document.getElementById(element.dataset.keyFocus)?.focus();
      });
    }
    for (const link of document.querySelectorAll(".top a[href], .desk__views a[href]"))
      add(link, "", () => location.assign(link.href));
    return Array.from(known.values());
  };

  // --- a macro is chosen as by its key: its text goes to the cursor of the box that is open
  const macro = async (entry) => {
    let tab = document.querySelector(".composer__pick:checked")?.id.replace("pick-", "");
    if (!document.getElementById(`insert-${tab}`)) {
      tab = "answer";
      document.querySelector("label[for=pick-answer]")?.click();
    }
    const into = document.getElementById(`insert-${tab}`);
    const answer = into && (await window.care.ask(`/console/cases/${code}/macros/?tab=${tab}`));
    if (!answer) return location.assign(entry.url);
    into.innerHTML = await answer.text(); // rendered by our own template
    document.getElementById(`macro-${tab}-${entry.macro}`)?.click();
  };
  const command = (entry) => ({
    ...entry,
    act: () =>
      entry.macro && document.querySelector("[data-composer]")
        ? macro(entry)
        : location.assign(entry.url),
  });
  const ask = async (params) => {
    const answer = await window.care.ask(`${ADDRESS}?${new URLSearchParams(params)}`);
    return answer ? (await answer.json()).entries.map(command) : null;
  };
  const isEnough = (typed) => typed.length > 1 || /[\u3040-\u30ff\u3400-\u9fff]/.test(typed);
  const askCustomers = async () => {
    const typed = input.value.trim();
    if (!isEnough(typed) || typed === customers.typed) return;
    const entries = await ask({ q: typed });
    if (!entries || input.value.trim() !== typed) return;
    customers = { typed, entries };
    show();
  };

  const byNumber = (typed) => {
    const number = /^(?:ct-?)?0*(\d{1,15})$/i.exec(typed.normalize("NFKC"))?.[1];
    if (!number) return [];
    const address = `CT-${number.padStart(7, "0")}`;
    return [
      {
        label: `Open case ${address}`,
        act: () => location.assign(`/console/cases/${address}/`),
      },
    ];
  };
  const bySearch = (typed) =>
    typed
      ? [
          {
            label: `Search everything for “${typed}”`,
            act: () => location.assign(`/console/search/?q=${encodeURIComponent(typed)}`),
          },
          {
            label: `Look for “${typed}” in the queue`,
            act: () => location.assign(`/console/?text=${encodeURIComponent(typed)}`),
          },
        ]
      : [];
  const show = () => {
    const typed = input.value.trim();
    const words = typed.normalize("NFKC").toLowerCase().split(/\s+/);
    const fits = (one) => words.every((word) => one.label.toLowerCase().includes(word));
    const page = ofPage();
    const known = new Set(page.map((one) => one.label));
    const others = (stored || []).filter((one) => !known.has(one.label));
    found = [
      ...byNumber(typed),
      ...page.filter(fits),
      ...others.filter((one) => typed && fits(one)),
    ].slice(0, 14);
    if (customers.typed === typed) found.push(...customers.entries);
    found.push(...bySearch(typed));
    place = Math.min(place, Math.max(found.length - 1, 0));
    list.replaceChildren(...found.map(row));
    list.children[place]?.scrollIntoView({ block: "nearest" });
    if (found.length) input.setAttribute("aria-activedescendant", `palette-${place}`);
    else input.removeAttribute("aria-activedescendant");
  };
  const part = (name, content) =>
    Object.assign(document.createElement("span"), { className: name, textContent: content });
  const row = (one, n) => {
    const option = document.createElement("li");
    option.id = `palette-${n}`;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", String(n === place));
    option.append(part("palette__label", one.label));
    if (one.detail) option.append(" ", part("palette__detail code", one.detail));
    if (one.kind) option.append(" ", part("palette__kind", one.kind));
    if (one.key)
      option.append(" ", Object.assign(document.createElement("kbd"), { textContent: one.key }));
    option.addEventListener("click", () => run(n));
    return option;
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
      maxLength: 200,
      placeholder: code
        ? "An action, a macro, a customer, a page, or CT-0000012"
        : "A command, a customer, a page, or CT-0000012",
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
      clearTimeout(waiting);
      waiting = setTimeout(() => askCustomers().catch(() => {}), WAIT);
    });
    input.addEventListener("keydown", (event) => {
      if (event.isComposing || event.keyCode === 229) return; // Return confirms Japanese input
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
  const open = async () => {
    if (!dialog) make();
    if (dialog.open) return dialog.close();
    input.value = "";
    place = 0;
    dialog.showModal();
    show();
    input.focus();
    if (stored) return;
    stored = await ask(code ? { case: code } : {});
    if (dialog.open) show();
  };
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
    if (event.altKey || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    open().catch(() => {});
  });
})();
