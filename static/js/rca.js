// The editor of an analysis: a text for an event puts it on the timeline.
(() => {
  document.addEventListener("input", (event) => {
    const box =
      event.target.id?.startsWith("words_") &&
      document.querySelector(`[data-picks="${event.target.id}"]`);
    if (box) box.checked = true;
  });
})();
