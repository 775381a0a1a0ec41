// Forms: sent once, never with words lost. Every form works without this script.
(() => {
  const cookie = () => /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1];
  const stateOf = (form) => form?.id && document.querySelector(`[data-draft-of="${form.id}"]`);
  const formOf = (state) => document.getElementById(state.dataset.draftOf);
  const words = (element) => JSON.parse(element?.dataset.words || "{}");
  const number = new Intl.NumberFormat(document.documentElement.lang);

  // --- A new sign-in, in another tab, has a new token.
  const refresh = (form) => {
    const token = form.querySelector("input[name=csrfmiddlewaretoken]");
    if (token && cookie()) token.value = cookie();
  };
  document.addEventListener("htmx:configRequest", (event) => {
    if (cookie()) event.detail.headers["x-csrftoken"] = cookie();
  });

  // --- Scripts that ask by themselves: null where there is no answer to show.
  const headers = () => ({
    "X-CSRFToken": cookie() || "",
    "HX-Request": "true",
    "HX-Current-URL": location.href,
  });
  const signedOut = (html) => {
    document.getElementById("session-notice").innerHTML = html; // rendered by our own template
  };
  const ask = async (address, options = {}) => {
    const request = { ...options, headers: { ...headers(), ...options.headers } };
    const answer = await fetch(address, request).catch(() => null);
    if (answer?.status === 401) signedOut(await answer.text());
    return answer?.status === 200 && !answer.redirected ? answer : null;
  };
  window.care = { ask, headers, signedOut };

  // --- A part of a page is never a whole page, unless the part is taken out of it.
  const holdsPart = (elt, text) => {
    const part = elt?.getAttribute?.("hx-select")?.slice(1);
    return Boolean(part) && text.includes(`id="${part}"`);
  };
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (holdsPart(event.detail.requestConfig?.elt, xhr.responseText || "")) return;
    if (/^\s*(?:<!doctype|<html)/i.test(xhr.responseText || "")) event.detail.shouldSwap = false;
    else if (xhr.status < 400) document.getElementById("session-notice")?.replaceChildren();
  });

  // --- How much of a long text's room is used, once most of it is.
  const countOf = (box) => {
    let count = box.nextElementSibling;
    if (!count?.classList.contains("room")) {
      count = document.createElement("p");
      count.className = "room";
      count.setAttribute("role", "status");
      box.after(count);
    }
    return count;
  };
  const measure = (box) => {
    const limit = Number(box.dataset.limit);
    const used = box.value.length;
    const count = countOf(box);
    const isOver = used > limit;
    const sentence = isOver && (box.dataset.tooLong || words(stateOf(box.form)).tooLong);
    count.hidden = used < limit * 0.8;
    count.classList.toggle("room--over", isOver);
    count.textContent = count.hidden
      ? ""
      : sentence
        ? sentence.replace("{used}", number.format(used)).replace("{limit}", number.format(limit))
        : `${number.format(used)} / ${number.format(limit)}`;
    return isOver;
  };
  document.addEventListener("input", (event) => {
    if (Number(event.target.dataset?.limit)) measure(event.target);
  });

  // --- The key of a form. A browser that goes back shows the words again, so they get their key again.
  const keysOf = () => document.querySelectorAll("form input[name=form_key]");
  const renew = (form) => {
    delete form.dataset.returned;
    const key = form.querySelector("input[name=form_key]");
    if (key && window.crypto?.randomUUID) key.value = crypto.randomUUID();
  };
  window.addEventListener("pageshow", (event) => {
    const [visit] = performance.getEntriesByType("navigation");
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    if (!event.persisted && visit?.type !== "back_forward") return;
    for (const key of keysOf()) key.form.dataset.returned = "yes"; // what is written now is new
  });

  // --- What is not saved yet, and what the line of the draft says about it.
  const unsaved = new Set();
  const tell = (state, key) => {
    const place = state.querySelector("[data-draft-text]");
    if (place && words(state)[key]) place.textContent = words(state)[key];
  };
  document.addEventListener("input", (event) => {
    const { form } = event.target;
    if (!form || event.target.type === "file") return;
    if (form.dataset.returned) renew(form);
    const state = stateOf(form);
    if (!state) return;
    unsaved.add(form);
    state.dataset.changed = String(Number(state.dataset.changed || 0) + 1);
    if (!navigator.onLine) tell(state, "offline");
  });
  const isState = (event) =>
    event.detail.elt?.matches?.("[data-draft-of]") ? event.detail.elt : null;
  document.addEventListener("htmx:beforeRequest", (event) => {
    const state = isState(event);
    if (!state) return;
    if (formOf(state)?.dataset.sent) event.preventDefault();
    else state.dataset.sending = state.dataset.changed || "0";
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const state = isState(event);
    if (!state) return;
    const { xhr } = event.detail;
    const successful = xhr?.status >= 200 && xhr.status < 300;
    if (successful && state.dataset.sending === (state.dataset.changed || "0"))
      unsaved.delete(formOf(state));
    if (successful || xhr?.status === 422) return;
    tell(
      state,
      xhr?.status === 401 || xhr?.status === 403
        ? "signedOut"
        : navigator.onLine
          ? "failed"
          : "offline",
    );
  });
  // A question that is open stays open while the line below it is written again.
  const asks = new WeakSet();
  document.addEventListener("htmx:beforeSwap", (event) => {
    const state = isState(event);
    if (!state) return;
    if (state.querySelector("details[open]")) asks.add(state);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const state = isState(event);
    if (!state || !asks.delete(state)) return;
    const question = state.querySelector("details");
    if (!question) return;
    question.open = true;
    if (document.activeElement === document.body) question.querySelector("summary").focus();
  });
  window.addEventListener("offline", () => {
    for (const form of unsaved) tell(stateOf(form), "offline");
  });
  window.addEventListener("online", () => {
    for (const form of unsaved) window.htmx?.trigger(form, "change");
  });
  window.addEventListener("beforeunload", (event) => {
    if (unsaved.size) event.preventDefault();
  });

  // --- A browser shows dates in its own language. Where that is not the page's, each date is
  // written beside its field in the language of the page.
  const DATES = "input[type=date], input[type=datetime-local]";
  const { lang } = document.documentElement;
  const dated = {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    timeZone: "UTC",
  };
  const timed = { ...dated, hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const locale = lang === "en" ? "en-GB" : lang; // the day before the month, as everywhere here
  const day = new Intl.DateTimeFormat(locale, dated);
  const instant = new Intl.DateTimeFormat(locale, timed);
  const writeDate = (field) => {
    let place = field.nextElementSibling;
    if (!place?.classList.contains("date-written")) {
      place = document.createElement("output");
      place.className = "date-written muted";
      field.after(place);
    }
    const at = field.valueAsNumber;
    const form = field.type === "date" ? day : instant;
    place.textContent = Number.isNaN(at) ? "" : form.format(at);
  };
  const speaksOtherwise = navigator.language.slice(0, 2) !== lang.slice(0, 2);
  const writeDates = (root) => {
    if (speaksOtherwise) for (const field of root.querySelectorAll(DATES)) writeDate(field);
  };
  document.addEventListener("input", ({ target }) => {
    if (speaksOtherwise && target.matches?.(DATES)) writeDate(target);
  });
  document.addEventListener("htmx:load", (event) => writeDates(event.detail.elt));
  writeDates(document);

  // --- A list of errors is read first, and shrinks as its fields are mended.
  document.querySelector("[data-errors]")?.focus();
  const mended = (event) => {
    const { target } = event;
    if (!target.name || !String(target.value || "").trim()) return;
    const field = target.closest(".field--wrong");
    const list = target.form?.querySelector("[data-errors]");
    if (field) {
      field.classList.remove("field--wrong");
      for (const text of field.querySelectorAll(".field__wrong")) text.remove();
      target.removeAttribute("aria-invalid");
    }
    for (const row of list?.querySelectorAll("[data-error-of]") || [])
      if (row.dataset.errorOf === target.name) row.remove();
    if (list && field && !list.querySelector("[data-error-of]")) list.remove();
  };
  document.addEventListener("input", mended);
  document.addEventListener("change", mended);

  // --- Ctrl+Return sends; Care's pages have keys of their own (keys.js).
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || window.careKeys) return;
    if (event.defaultPrevented || event.isComposing || event.target.tagName !== "TEXTAREA") return;
    const button = event.target.form?.querySelector("button.btn-primary");
    if (!button) return;
    event.preventDefault();
    button.click();
  });

  // --- A filter acts at once and keeps the focus; its button remains for those who have no script.
  const FILTER = "care-filter";
  document.addEventListener("change", (event) => {
    const { target } = event;
    const isChoice = target.tagName === "SELECT" || ["checkbox", "date"].includes(target.type);
    if (!target.form?.matches("[data-at-once]") || !isChoice || !target.checkValidity()) return;
    store(FILTER, target.name);
    target.form.requestSubmit();
  });
  const focusFilter = () => {
    const name = stored(FILTER, "");
    if (name) store(FILTER, "");
    const field = name
      ? document.querySelector(`[data-at-once] [name="${CSS.escape(name)}"]`)
      : null;
    for (const fold of document.querySelectorAll("[data-fold-when-narrow]")) {
      if (field && fold.contains(field)) fold.open = true;
      else if (matchMedia("(max-width: 40rem)").matches) fold.open = false;
    }
    field?.focus({ preventScroll: true });
  };

  // --- A form is sent once, and not with a text that would come back as too long.
  const LEFT = "care-left"; // what was sent, until it is known that the reader was not sent to sign in
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    const skips = event.submitter?.formNoValidate;
    const over = !skips && Array.from(form.querySelectorAll("[data-limit]")).find(measure);
    if (over) {
      event.preventDefault();
      over.focus();
      return;
    }
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    refresh(form);
    recall(form);
    unsaved.delete(form);
    remember(form);
  });
  const SENT = "care-sent"; // the last forms of this tab, for a reader who goes back and sends again
  const stored = (name, otherwise) => {
    try {
      return JSON.parse(sessionStorage.getItem(name)) || otherwise;
    } catch {
      return otherwise;
    }
  };
  const store = (name, value) => {
    try {
      sessionStorage.setItem(name, JSON.stringify(value));
    } catch {
      // Without such a place the server's draft and the form's own key do most of it.
    }
  };
  const textsOf = (form) =>
    Array.from(form.querySelectorAll("textarea"), (box) => [box.id, box.value]);
  const recall = (form) => {
    const key = form.querySelector("input[name=form_key]");
    if (!key || !form.dataset.returned) return;
    const texts = JSON.stringify(textsOf(form));
    const same = stored(SENT, []).find((one) => one.action === form.action && one.texts === texts);
    if (same) key.value = same.key;
  };
  const remember = (form) => {
    const reader = document.body.dataset.reader;
    const texts = textsOf(form);
    if (!reader || !texts.some(([, text]) => text.trim())) return;
    store(LEFT, { reader, texts });
    const key = form.querySelector("input[name=form_key]")?.value;
    const sent = { action: form.action, key, texts: JSON.stringify(texts) };
    if (key) store(SENT, [sent, ...stored(SENT, [])].slice(0, 5));
  };
  const bringBack = () => {
    if (!document.body.dataset.reader) return;
    const { reader, texts } = stored(LEFT, {});
    if (reader) store(LEFT, null);
    const from = document.referrer && new URL(document.referrer);
    if (reader !== document.body.dataset.reader || !from?.pathname.startsWith("/accounts/")) return;
    for (const [id, text] of texts) {
      const box = id && document.getElementById(id);
      if (box?.tagName !== "TEXTAREA" || box.value.includes(text)) continue;
      box.value = text;
      box.closest("details")?.setAttribute("open", "");
      box.dispatchEvent(new Event("input", { bubbles: true }));
      box.dispatchEvent(new Event("change", { bubbles: true }));
    }
  };
  bringBack();
  focusFilter();
})();
