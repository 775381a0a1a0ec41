// Cases that are chosen for a bulk action, on other pages of the list too; and all cases of the list, once all of a page are.
(() => {
  const place = document.querySelector("[data-bulk]");
  const bulk = document.getElementById("bulk");
  if (!place || !bulk) return;
  const counter = bulk.querySelector("[data-chosen]");
  const boxes = Array.from(place.querySelectorAll("input[name=case]"));
  const all = place.querySelector("[data-choose-all]");
  const list = `chosen ${location.pathname} ${place.dataset.query}`;
  const chosen = new Set(JSON.parse(sessionStorage.getItem(list) || "[]"));
  const noun = bulk.querySelector("select[name=noun]");

  // --- all cases of the list: how many is asked for when all of this page are chosen
  const whole = bulk.querySelector("[data-whole-list]");
  const wholeButton = whole?.querySelector("button");
  let isCounted = false;
  const offerWhole = async () => {
    if (!whole) return;
    whole.hidden = !all?.checked;
    if (whole.hidden || isCounted) return;
    isCounted = true;
    const params = new URLSearchParams({ back: bulk.elements.back.value });
    if (bulk.elements.origin) params.set("origin", bulk.elements.origin.value);
    const answer = await window.care.ask(`${whole.dataset.wholeList}?${params}`);
    if (!answer) {
      isCounted = false;
      return;
    }
    const size = await answer.json();
    wholeButton.hidden = !size.is_possible;
    if (size.is_possible) wholeButton.textContent = size.label;
    whole.querySelector("[data-whole-note]").textContent = size.is_possible ? "" : size.label;
  };

  const count = () => {
    counter.textContent = chosen.size ? `${chosen.size} chosen` : "";
    if (all) all.checked = boxes.length > 0 && boxes.every((box) => box.checked);
    sessionStorage.setItem(list, JSON.stringify([...chosen]));
    offerWhole();
  };
  const choose = (box) => chosen[box.checked ? "add" : "delete"](box.value);
  for (const box of boxes) box.checked = chosen.has(box.value);
  if (all) all.hidden = false;
  count();
  place.addEventListener("change", (event) => {
    if (event.target === all)
      for (const box of boxes) {
        box.checked = all.checked;
        choose(box);
      }
    else if (event.target.name === "case") choose(event.target);
    else return;
    count();
  });
  document.querySelector("[data-choose-all-key]")?.addEventListener("click", () => all?.click());

  // The key of the bulk actions leads to the choice first; Return goes on.
  noun?.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !noun.value) return;
    event.preventDefault();
    bulk.requestSubmit();
  });
  bulk.addEventListener("submit", (event) => {
    if (noun && !noun.value) {
      event.preventDefault();
      noun.focus();
      return;
    }
    sessionStorage.removeItem(list);
    if (event.submitter && event.submitter === wholeButton) return;
    const here = new Set(boxes.map((box) => box.value));
    for (const code of chosen) {
      if (here.has(code)) continue;
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = "case";
      field.value = code;
      bulk.append(field);
    }
  });
  window.addEventListener("pageshow", () => {
    for (const box of boxes) box.checked = chosen.has(box.value);
    count();
  });
})();
