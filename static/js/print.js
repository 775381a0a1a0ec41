// A button that opens the browser's print dialogue. Without scripts, the hint beside it stays.
(() => {
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
  for (const hint of document.querySelectorAll("[data-print-hint]")) hint.hidden = true;
})();
