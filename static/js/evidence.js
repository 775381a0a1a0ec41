// Files go ahead one by one while the page is being filled in: dropped, pasted or picked, with progress, each removable.
// Without this script the choice of files is sent with the form, as it always was.
(() => {
  const say = (text) => {
    const announcer = document.getElementById("announcer");
    if (announcer) announcer.textContent = text;
  };
  const introduce = (request) => {
    for (const [name, value] of Object.entries(window.care.headers()))
      request.setRequestHeader(name, value);
  };
  const size = (bytes) =>
    bytes < 1048576 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 1048576).toFixed(1)} MB`;
  // The texts; the element of the files has those in the reader's language.
  const WORDS = {
    stop: "Stop",
    stopping: "Stop sending {name}",
    sending: "Sending {name}",
    here: "{name} is uploaded.",
    failed: "Your message could not be sent. Your text is still here: please try again.",
    dismiss: "Dismiss",
    dismissing: "Dismiss {name}",
    again: "Try again",
    notRemoved: "It could not be removed. Please try again.",
    removed: "{name} was removed.",
    waits: "Your message will be sent as soon as the files are uploaded.",
  };
  const make = (name, className, text) => {
    const element = document.createElement(name);
    if (className) element.className = className;
    if (text) element.textContent = text;
    return element;
  };

  class Evidence {
    constructor(place) {
      this.place = place;
      this.words = { ...WORDS, ...JSON.parse(place.dataset.words || "{}") };
      this.rows = place.querySelector("[data-rows]");
      this.drop = place.querySelector("[data-drop]");
      this.input = place.querySelector("input[type=file]");
      this.form = place.closest("form");
      this.waiting = [];
      this.running = 0;
      place.querySelector("[data-hint]").hidden = false;
      delete this.input.dataset.lists;
      this.input.addEventListener("change", (event) => {
        event.stopPropagation();
        this.take(Array.from(this.input.files));
        this.input.value = "";
      });
      this.drop.addEventListener("dragover", (event) => {
        event.preventDefault();
        this.drop.classList.add("evidence__drop--over");
      });
      this.drop.addEventListener("dragleave", () =>
        this.drop.classList.remove("evidence__drop--over"),
      );
      this.drop.addEventListener("drop", (event) => {
        event.preventDefault();
        this.drop.classList.remove("evidence__drop--over");
        this.take(Array.from(event.dataTransfer.files));
      });
      this.form.addEventListener("paste", (event) => {
        const files = Array.from(event.clipboardData?.files || []);
        if (!files.length) return;
        event.preventDefault();
        this.take(files);
      });
      for (const row of this.rows.children) this.tame(row);
      this.rows.addEventListener("click", (event) => {
        const button = event.target.closest("[data-remove]");
        if (!button) return;
        event.preventDefault();
        this.remove(button.closest("[data-staged]"));
      });
    }

    // Where a script runs, the Return key must not find a button that removes.
    tame(row) {
      const button = row.querySelector("[data-remove]");
      if (button) button.type = "button";
    }

    // A sentence with the name of a file in its place.
    wordsOf(key, name) {
      return this.words[key].replace("{name}", () => name);
    }

    get isBusy() {
      return this.running > 0 || this.waiting.length > 0;
    }

    take(files) {
      for (const file of files) {
        const row = make("li", "evidence__row");
        const name = make("span", "evidence__name", file.name);
        name.title = file.name;
        const stop = make("button", "btn btn-sm", this.words.stop);
        stop.type = "button";
        stop.setAttribute("aria-label", this.wordsOf("stopping", file.name));
        const bar = make("progress");
        bar.max = 100;
        bar.value = 0;
        bar.setAttribute("aria-label", this.wordsOf("sending", file.name));
        row.append(name, make("span", "muted nowrap", size(file.size)), stop, bar);
        this.rows.append(row);
        const one = { file, row, stop, bar };
        stop.addEventListener("click", () => this.stop(one));
        this.waiting.push(one);
      }
      this.next();
    }

    next() {
      while (this.running < 2 && this.waiting.length) this.send(this.waiting.shift());
      if (!this.isBusy && this.form.dataset.waits) this.sendForm();
    }

    send(one) {
      this.running += 1;
      const body = new FormData();
      body.append("file", one.file, one.file.name || "pasted.png");
      if (this.place.dataset.case) body.append("case", this.place.dataset.case);
      const request = new XMLHttpRequest();
      one.request = request;
      request.open("POST", this.place.dataset.url);
      introduce(request);
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) one.bar.value = (event.loaded / event.total) * 100;
      });
      request.addEventListener("loadend", () => {
        this.running -= 1;
        if (!one.isStopped) this.answered(one, request);
        this.next();
      });
      request.send(body);
    }

    answered(one, request) {
      const holder = make("template");
      holder.innerHTML = request.status === 200 ? request.responseText : "";
      const row = holder.content.querySelector("[data-staged]"); // none where the answer is a page to sign in
      if (row) {
        this.tame(row);
        one.row.replaceWith(row);
        say(this.wordsOf("here", one.file.name));
        this.form.dispatchEvent(new Event("staged"));
        return;
      }
      if (request.status === 401) window.care.signedOut(request.responseText);
      const message = request.status === 422 ? request.responseText : this.words.failed;
      one.row.classList.add("evidence__row--wrong");
      one.bar.remove();
      one.row.append(make("p", "evidence__wrong", message));
      one.stop.textContent = this.words.dismiss;
      one.stop.setAttribute("aria-label", this.wordsOf("dismissing", one.file.name));
      if (request.status !== 422) {
        const again = make("button", "btn btn-sm", this.words.again);
        again.type = "button";
        again.addEventListener("click", () => {
          one.row.remove();
          this.take([one.file]);
        });
        one.row.append(again);
      }
      delete this.form.dataset.waits;
      this.goOn();
      say(message);
    }

    stop(one) {
      one.isStopped = true;
      this.waiting = this.waiting.filter((other) => other !== one);
      one.row.remove();
      if (one.request && one.request.readyState !== 4) one.request.abort();
      this.input.focus();
    }

    remove(row) {
      const request = new XMLHttpRequest();
      request.open("POST", `${this.place.dataset.removal}${row.dataset.staged}/removal/`);
      introduce(request);
      request.addEventListener("loadend", () => {
        if (request.status !== 204) {
          say(this.words.notRemoved);
          return;
        }
        const name = row.querySelector(".evidence__name").textContent;
        row.remove();
        say(this.wordsOf("removed", name));
        this.input.focus();
        this.form.dispatchEvent(new Event("staged"));
      });
      request.send();
    }

    // A pressed button shows that it waits for the files.
    wait(button) {
      this.goOn();
      this.waiter = make("p", "evidence__waits", this.words.waits);
      this.waiter.setAttribute("role", "status");
      this.button = button;
      (button?.closest(".form__end") || this.place).after(this.waiter);
      if (button) button.setAttribute("aria-disabled", "true");
    }

    goOn() {
      this.waiter?.remove();
      this.button?.removeAttribute("aria-disabled");
    }

    sendForm() {
      const name = this.form.dataset.waits;
      delete this.form.dataset.waits;
      this.goOn();
      const button = this.form.querySelector(`button[name="${name}"]`) || undefined;
      this.form.requestSubmit(name === "yes" ? undefined : button);
    }
  }

  const places = Array.from(
    document.querySelectorAll("[data-evidence]"),
    (place) => new Evidence(place),
  );

  // A form that is sent while files are still on their way waits for them.
  document.addEventListener(
    "submit",
    (event) => {
      const busy = places.find((place) => place.form === event.target && place.isBusy);
      if (!busy) return;
      event.preventDefault();
      event.stopPropagation();
      event.target.dataset.waits = event.submitter?.name || "yes";
      busy.wait(event.submitter);
    },
    true,
  );
})();
