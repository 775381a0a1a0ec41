// A passkey that cannot be used is said, in words, beside the buttons.
(() => {
  const show = (text) => {
    const notice = document.getElementById("passkey-problem");
    if (!notice) return;
    notice.textContent = text;
    notice.hidden = false;
    notice.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("allauth.error", (event) => {
    const notice = document.getElementById("passkey-problem");
    if (!notice) return;
    event.preventDefault();
    const name = event.detail?.exception?.name;
    if (name === "InvalidStateError") show(notice.dataset.known);
    else show(name === "NotAllowedError" ? notice.dataset.none : notice.dataset.other);
  });
})();
