// A message that waits: its seconds count down, Undo takes it back, and at their end the page has it sent.
(() => {
  const asked = new Set();
  const post = (address) => window.care.ask(address, { method: "POST" });
  const say = (text) => {
    const announcer = document.getElementById("announcer");
    if (announcer) announcer.textContent = text;
  };
  const holder = (element) => element.closest(".notice, .waiting__state");

  const end = async (element) => {
    const address = element.dataset.release;
    if (asked.has(address)) return;
    asked.add(address);
    const answer = await post(address);
    const text = answer ? (await answer.text()).trim() : "";
    for (const one of document.querySelectorAll(`[data-release="${address}"]`)) {
      const place = holder(one);
      if (!text || !place) continue;
      place.closest(".waiting")?.querySelector(".waiting__text")?.remove();
      place.textContent = text;
    }
    if (text) say(text);
    document.dispatchEvent(new CustomEvent("care:sent"));
  };

  for (const element of document.querySelectorAll("[data-pending]")) {
    const until = Date.now() + Number(element.dataset.pending) * 1000;
    const tick = () => {
      if (!element.isConnected) return;
      const left = Math.ceil((until - Date.now()) / 1000);
      if (left <= 0) {
        setTimeout(() => end(element), 300); // the server's clock decides
        return;
      }
      element.textContent = left === 1 ? "in 1 second" : `in ${left} seconds`;
      setTimeout(tick, 250);
    };
    tick();
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-undo]");
    if (!link) return;
    event.preventDefault();
    const form = document.createElement("form");
    form.method = "post";
    form.action = `${link.getAttribute("href")}undo/`;
    const token = document.querySelector("[name=csrfmiddlewaretoken]");
    if (token) form.append(token.cloneNode());
    document.body.append(form);
    form.submit();
  });
})();
