// The toolbar over a text in Markdown: bold, italic, lists, code, quotation, link. The browser's own undo takes each change back.
(() => {
  const AFTER_INPUT = 100; // ms after Japanese input, as for the other keys
  const WRAPS = { bold: "**", italic: "_" };
  const PREFIXES = {
    list: () => "- ",
    numbers: (n) => `${n + 1}. `,
    quote: () => "> ",
  };
  const WRITTEN = { list: /^[-*] /, numbers: /^\d+[.)] /, quote: /^> ?/ };
  const KEYS = { b: "bold", i: "italic" };

  // Typed text joins the history of the box, so that Ctrl+Z takes it back. A browser that cannot
  // insert it that way still changes the text.
  const replace = (box, from, to, text, start, end) => {
    box.focus();
    box.setSelectionRange(from, to);
    const isTyped = text
      ? document.execCommand("insertText", false, text)
      : from === to || document.execCommand("delete");
    if (!isTyped) {
      box.setRangeText(text, from, to, "end");
      box.dispatchEvent(new Event("input", { bubbles: true }));
    }
    box.setSelectionRange(start, end);
  };

  const wrap = (box, mark) => {
    const { value, selectionStart, selectionEnd } = box;
    const chosen = value.slice(selectionStart, selectionEnd);
    // Blanks at the ends stay outside: Markdown reads no mark before or after a blank.
    const from = selectionStart + (chosen.trim() ? chosen.length - chosen.trimStart().length : 0);
    const to = selectionEnd - (chosen.trim() ? chosen.length - chosen.trimEnd().length : 0);
    const text = value.slice(from, to);
    const { length } = mark;
    const isAround =
      value.slice(from - length, from) === mark && value.slice(to, to + length) === mark;
    if (isAround && from >= length)
      return replace(box, from - length, to + length, text, from - length, to - length);
    if (text.length >= 2 * length && text.startsWith(mark) && text.endsWith(mark)) {
      const bare = text.slice(length, -length);
      return replace(box, from, to, bare, from, from + bare.length);
    }
    replace(box, from, to, `${mark}${text}${mark}`, from + length, to + length);
  };

  const lines = (box, kind) => {
    const { value, selectionStart, selectionEnd } = box;
    const from = value.lastIndexOf("\n", selectionStart - 1) + 1;
    const after = value.indexOf("\n", Math.max(selectionEnd - 1, selectionStart));
    const to = after < 0 ? value.length : after;
    const before = value.slice(from, to).split("\n");
    const isWritten = before.every((line) => WRITTEN[kind].test(line));
    const other = kind === "quote" ? /^$/ : /^(?:[-*]|\d+[.)]) /;
    const text = before
      .map((line, n) =>
        isWritten ? line.replace(WRITTEN[kind], "") : PREFIXES[kind](n) + line.replace(other, ""),
      )
      .join("\n");
    const end = from + text.length;
    replace(box, from, to, text, selectionStart === selectionEnd ? end : from, end);
  };

  const code = (box) => {
    const { value, selectionStart: from, selectionEnd: to } = box;
    const chosen = value.slice(from, to);
    if (!chosen.includes("\n")) return wrap(box, "`");
    const start = from === 0 || value[from - 1] === "\n" ? "" : "\n";
    const end = to === value.length || value[to] === "\n" ? "" : "\n";
    const text = `${start}\`\`\`\n${chosen.replace(/\n$/, "")}\n\`\`\`${end}`;
    replace(box, from, to, text, from + start.length, from + text.length - end.length);
  };

  const link = (box) => {
    const { value, selectionStart: from, selectionEnd: to } = box;
    const chosen = value.slice(from, to).trim();
    const isAddress = /^https?:\/\/\S+$/.test(chosen);
    const address = isAddress ? chosen : "https://";
    const text = `[${isAddress ? "" : chosen}](${address})`;
    // What is missing is chosen next: the words of an address, or the address of words.
    const start = isAddress || !chosen ? from + 1 : from + chosen.length + 3;
    const end = isAddress || !chosen ? start : start + address.length;
    replace(box, from, to, text, start, end);
  };

  const apply = (box, name) => {
    if (WRAPS[name]) wrap(box, WRAPS[name]);
    else if (PREFIXES[name]) lines(box, name);
    else if (name === "code") code(box);
    else if (name === "link") link(box);
  };

  const serve = (bar) => {
    const box = document.getElementById(bar.dataset.markdownFor);
    if (!box || !bar.hidden) return;
    const buttons = Array.from(bar.querySelectorAll("[data-markdown]"));
    let isComposing = false;
    let composed = 0;
    bar.hidden = false;
    box.addEventListener("compositionstart", () => {
      isComposing = true;
    });
    box.addEventListener("compositionend", () => {
      isComposing = false;
      composed = Date.now();
    });
    const isWriting = () => isComposing || Date.now() - composed < AFTER_INPUT;
    bar.addEventListener("mousedown", (event) => event.preventDefault()); // the box keeps its selection
    bar.addEventListener("click", (event) => {
      const button = event.target.closest("[data-markdown]");
      if (!button || isWriting()) return;
      move(button, false);
      apply(box, button.dataset.markdown);
    });
    // One stop of the Tab key; arrows move within.
    const move = (button, isFocused = true) => {
      for (const one of buttons) one.tabIndex = one === button ? 0 : -1;
      if (isFocused) button.focus();
    };
    bar.addEventListener("keydown", (event) => {
      const at = buttons.indexOf(event.target);
      const to = {
        ArrowRight: at + 1,
        ArrowLeft: at - 1,
        Home: 0,
        End: buttons.length - 1,
      }[event.key];
      if (at < 0 || to === undefined) return;
      event.preventDefault();
      move(buttons[(to + buttons.length) % buttons.length]);
    });
    box.addEventListener("keydown", (event) => {
      if (event.isComposing || event.keyCode === 229 || isWriting()) return;
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      const name = KEYS[event.key.toLowerCase()];
      if (!name) return;
      event.preventDefault();
      apply(box, name);
    });
  };
  const serveAll = () => {
    for (const bar of document.querySelectorAll("[data-markdown-for]")) serve(bar);
  };
  serveAll();
  document.addEventListener("htmx:afterSwap", serveAll);
})();
