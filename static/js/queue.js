// The queue: a cursor over its rows, what is new since it was made, and the preview beside it. Works without it as well.
(() => {
  const desk = document.querySelector("[data-queue]");
  if (!desk) return;
  const rows = Array.from(desk.querySelectorAll("[data-row]"));
  const preview = document.getElementById("preview");
  const wide = window.matchMedia("(min-width: 80rem)");
  let place = -1;
  let wanted = 0;

  // --- the cursor
  const link = (row) => row?.querySelector("a.board__link");
  const show = (row) => {
    if (!preview || !row || !wide.matches) return;
    clearTimeout(wanted);
    wanted = setTimeout(() => {
      preview.hidden = false;
      desk.classList.add("desk--previewing");
      window.htmx?.ajax("GET", `${link(row).getAttribute("href")}preview/`, {
        target: preview,
        swap: "innerHTML",
      });
    }, 150);
  };
  const go = (to) => {
    if (!rows.length) return;
    rows[place]?.classList.remove("board__row--here");
    place = Math.max(0, Math.min(rows.length - 1, to));
    const row = rows[place];
    row.classList.add("board__row--here");
    link(row).focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
    show(row);
  };
  desk.addEventListener("focusin", (event) => {
    const row = event.target.closest?.("[data-row]");
    const found = rows.indexOf(row);
    if (found < 0 || found === place) return;
    rows[place]?.classList.remove("board__row--here");
    place = found;
    row.classList.add("board__row--here");
    show(row);
  });

  const visit = (page) => {
    if (rows[place]) location.href = `${link(rows[place]).getAttribute("href")}${page}`;
  };
  const post = (address) => {
    const form = document.createElement("form");
    form.method = "post";
    form.action = address;
    for (const name of ["csrfmiddlewaretoken", "form_key"])
      form.append(document.querySelector(`[name=${name}]`).cloneNode());
    document.body.append(form);
    form.submit();
  };
  const acts = {
    down: () => go(place + 1),
    up: () => go(place < 0 ? 0 : place - 1),
    open: () => rows[place] && link(rows[place]).click(),
    take: () => rows[place] && post(`${link(rows[place]).getAttribute("href")}assignment/`),
    answer: () => visit("?tab=answer#composer"),
    note: () => visit("?tab=note#composer"),
    severity: () => visit("severity/"),
    assign: () => visit("assign/"),
    all: () => desk.querySelector("[data-choose-all]")?.click(),
    choose: () => rows[place]?.querySelector("input[type=checkbox]").click(),
  };
  for (const button of desk.querySelectorAll("[data-act]"))
    button.addEventListener("click", () => acts[button.dataset.act]());

  // The way back from a case names its row; on another page of the list the first row is ready.
  const asked = rows.findIndex((row) => location.hash === `#${row.id}`);
  if (asked >= 0) go(asked);
  else if (rows.length && /[?&](after|before)=/.test(location.search)) {
    place = 0;
    rows[0].classList.add("board__row--here");
  }

  // --- what is new: rows never move by themselves, they are announced
  const bar = desk.querySelector("[data-arrivals]");
  const button = bar?.querySelector("button");
  const announcer = document.getElementById("announcer");
  button?.addEventListener("click", () => {
    location.assign(`${location.pathname}${desk.dataset.query ? `?${desk.dataset.query}` : ""}`);
  });
  let version = desk.dataset.since;
  let announced = 0;
  const ask = async () => {
    if (document.hidden) return;
    const address = new URLSearchParams(desk.dataset.query);
    address.set("since", desk.dataset.since);
    address.set("seen", version);
    address.set("shown", desk.dataset.shown);
    const answer = await window.care.ask(`/console/news/?${address}`, {
      headers: { accept: "application/json" },
    });
    if (!answer) return;
    const news = await answer.json();
    if (String(news.version) === version) return;
    version = String(news.version);
    for (const row of rows)
      row.classList.toggle("board__row--changed", news.changed.includes(Number(row.dataset.row)));
    const arrived = news.arrived.length;
    if (!bar || arrived === announced) return;
    announced = arrived;
    bar.hidden = arrived === 0;
    button.textContent = `${arrived} new`;
    if (arrived) announcer.textContent = `${arrived} new in this list. Press r to show.`;
  };
  // live.js asks every few seconds, cheaply, and says when there is something to ask for here.
  document.addEventListener("care:news", () => ask().catch(() => {}));
  setInterval(() => ask().catch(() => {}), 60_000);
})();
