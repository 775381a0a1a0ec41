// Small comforts; every page works without them.
(() => {
  const announce = (text) => {
    const announcer = document.getElementById("announcer");
    if (announcer) announcer.textContent = text;
  };

  // Who joins reads every time in the zone of their browser, unless they choose another one.
  for (const zone of document.querySelectorAll("select[data-zone='browser']")) {
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if ([...zone.options].some((option) => option.value === here)) zone.value = here;
  }

  // A swapped-in panel is announced by its heading, and the reader is taken to it.
  document.addEventListener("htmx:afterSwap", (event) => {
    const title = event.detail.target.querySelector("[id$='-title']");
    if (!title) return;
    announce(title.textContent.trim());
    const first = event.detail.target.querySelector("[autofocus]");
    if (first) first.focus();
    else if (title.tabIndex === -1) title.focus({ preventScroll: false });
  });

  // The text below the strip describes the bar that is pointed at or focused.
  const describe = (event) => {
    const bar = event.target.closest?.("[data-text]");
    if (!bar) return;
    const output = bar.closest(".explain")?.querySelector("[data-strip-text]");
    if (output) output.textContent = bar.dataset.text;
  };
  document.addEventListener("pointerover", describe);
  document.addEventListener("focusin", describe);

  // A long conversation opens at what is new for its reader, unless the address names a place.
  const fresh = document.getElementById("new");
  const [visit] = performance.getEntriesByType("navigation");
  if (fresh && document.querySelector("nav.jumps") && !location.hash && visit?.type === "navigate")
    if (fresh.getBoundingClientRect().top > window.innerHeight)
      fresh.scrollIntoView({ block: "center" });

  // The pages of a narrow bar.
  for (const button of document.querySelectorAll("[data-menu]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      button.setAttribute("aria-expanded", String(button.ariaExpanded !== "true"));
    });
  }

  // A menu closes by Escape and by a click elsewhere.
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]"))
      if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // Chosen files as rows, so that a wrong one is seen before it is sent.
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (input.type !== "file" || !input.dataset.lists) return;
    const list = document.getElementById(input.dataset.lists);
    if (!list) return;
    list.replaceChildren(
      ...Array.from(input.files, (file) => {
        const row = document.createElement("li");
        row.className = "files__file";
        row.textContent = `${file.name} (${file.size < 1048576 ? `${Math.ceil(file.size / 1024)} KB` : `${(file.size / 1048576).toFixed(1)} MB`})`;
        return row;
      }),
    );
  });
})();
