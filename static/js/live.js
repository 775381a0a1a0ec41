// What is new while a page is open: a small question every few seconds, and the parts that changed in their place.
// What somebody is writing in is never touched.
(() => {
  const source = document.querySelector("[data-live-token]");
  if (!source) return;
  const EVERY = Number(source.dataset.liveEvery || 10) * 1000;
  const RENEW = 240_000; // before the token ends
  const QUIET = 10_000; // between two announcements
  const title = document.title;
  const bell = document.querySelector("[data-bell]");
  let token = source.dataset.liveToken;
  let version = source.dataset.liveVersion || "0";
  let count = bell?.dataset.bell || "";
  let renewed = Date.now();
  let announced = 0;
  let unseen = 0;
  let stopped = false;

  const announce = (text) => {
    const announcer = document.getElementById("announcer");
    if (!announcer || !text || Date.now() - announced < QUIET) return;
    announced = Date.now();
    announcer.textContent = text;
  };
  const badge = () => {
    document.title = unseen ? `(${unseen}) ${title}` : title;
  };
  const isWriting = (part) =>
    (part.contains(document.activeElement) &&
      document.activeElement.matches("input, textarea, select")) ||
    Array.from(part.querySelectorAll("textarea")).some((box) => box.value);

  const entriesOf = (part) =>
    new Map(Array.from(part.querySelectorAll("[data-entry]"), (one) => [one.dataset.entry, one]));
  const swap = (page) => {
    let added = []; // entries of the conversation that are new
    for (const part of document.querySelectorAll("[data-live]")) {
      const fresh = page.querySelector(`[data-live="${part.dataset.live}"]`);
      const changed = document.querySelector("[data-live-changed]");
      if (changed && fresh && part.dataset.state !== fresh.dataset.state) changed.hidden = false;
      if (!fresh || isWriting(part) || fresh.innerHTML === part.innerHTML) continue;
      const before = entriesOf(part);
      part.innerHTML = fresh.innerHTML; // our own page
      window.htmx?.process(part);
      if (!before.size) continue;
      added = Array.from(entriesOf(part))
        .filter(([seq]) => !before.has(seq))
        .map(([, one]) => one);
      for (const one of added) one.classList.add("timeline__fresh");
    }
    for (const field of document.querySelectorAll("form input[name=seen]")) {
      const same = page.querySelector("form input[name=seen]");
      // What was read in the meantime counts as read only while nothing is being written.
      if (same && !field.form.querySelector("textarea")?.value) field.value = same.value;
    }
    if (!added.length) return;
    const heads = added.map((one) =>
      one.querySelector(".timeline__who, .timeline__line")?.textContent.trim().replace(/\s+/g, " "),
    );
    announce(heads.filter(Boolean).join(". "));
    if (document.hidden || !document.hasFocus()) {
      unseen += added.length;
      badge();
    }
  };
  const refresh = async () => {
    const answer = await window.care.ask(location.href, {
      headers: { accept: "text/html", "X-Live": "1", "HX-Request": "false" },
    });
    if (answer) swap(new DOMParser().parseFromString(await answer.text(), "text/html"));
    return Boolean(answer);
  };
  const renew = async () => {
    const answer = await window.care.ask(
      `/live/token/?case=${source.dataset.liveCase || ""}&queue=${source.dataset.liveQueue || ""}`,
    );
    if (!answer) {
      stopped = true;
      return;
    }
    token = await answer.text();
    renewed = Date.now();
  };
  const ask = async () => {
    if (document.hidden || stopped || !navigator.onLine) return;
    if (Date.now() - renewed > RENEW) await renew();
    const query = new URLSearchParams({ t: token, v: version, b: count });
    const answer = await fetch(`/live/?${query}`, { credentials: "omit" }).catch(() => null);
    if (answer?.status === 403) return renew();
    if (answer?.status !== 200) return;
    const news = await answer.json();
    if (news.ended) return renew();
    if (bell && news.bell !== count) {
      count = news.bell;
      const shown = bell.querySelector("[data-bell-count]");
      if (shown) shown.textContent = count;
      bell.classList.toggle("bell--some", Boolean(count));
    }
    if (String(news.version) === version) return;
    if (source.dataset.liveQueue) document.dispatchEvent(new CustomEvent("care:news"));
    if (!source.dataset.liveCase || (await refresh())) version = String(news.version);
  };
  const again = () => {
    setTimeout(
      async () => {
        await ask().catch(() => {});
        again();
      },
      EVERY * (0.8 + Math.random() * 0.4),
    );
  };
  again();
  document.addEventListener("visibilitychange", () => document.hidden || ask().catch(() => {}));
  window.addEventListener("focus", () => {
    unseen = 0;
    badge();
    ask().catch(() => {});
  });
  document.addEventListener("care:sent", () => refresh());
})();
