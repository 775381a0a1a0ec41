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
    tooLarge: "{name} is larger than {size} MB. Please compress or split it.",
    empty: "{name} is empty. Please choose the file again.",
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

  // A pasted picture has no name of its own; two of them need two names.
  let pasted = 0;
  const named = (file) => {
    if (file.name && file.name !== "image.png") return file;
    pasted += 1;
    const name = pasted > 1 ? `pasted-${pasted}.png` : "pasted.png";
    return new File([file], name, { type: file.type });
  };
  const SMALL = 96; // px: twice what is shown
  const pictureOf = async (file) => {
    if (!/^image\/(?:png|jpeg|gif|webp)$/.test(file.type)) return null;
    const bitmap = await createImageBitmap(file).catch(() => null);
    if (!bitmap) return null;
    const scale = Math.min(1, SMALL / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    const picture = make("img", "evidence__picture");
    picture.alt = "";
    picture.src = canvas.toDataURL();
    return picture;
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
      // The whole form takes files, the box where somebody writes as well; dragged text is none.
      const hasFiles = (event) => Array.from(event.dataTransfer?.types || []).includes("Files");
      const mark = (isOver) => this.drop.classList.toggle("evidence__drop--over", isOver);
      this.form.addEventListener("dragover", (event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        mark(true);
      });
      this.form.addEventListener("dragleave", (event) => {
        if (!this.form.contains(event.relatedTarget)) mark(false);
      });
      this.form.addEventListener("drop", (event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        mark(false);
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
      return this.words[key]
        .replace("{name}", () => name)
        .replace("{size}", () => this.place.dataset.mostMegabytes);
    }

    // Why a file would be refused, where the page knows it before the file is uploaded.
    refusalOf(file) {
      if (file.size === 0) return this.wordsOf("empty", file.name);
      const isTooLarge = file.size > this.place.dataset.mostMegabytes * 1048576;
      return isTooLarge ? this.wordsOf("tooLarge", file.name) : "";
    }

    get isBusy() {
      return this.running > 0 || this.waiting.length > 0;
    }

    take(files) {
      for (const given of files) {
        const file = named(given);
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
        this.show(one);
        stop.addEventListener("click", () => this.stop(one));
        const refusal = this.refusalOf(file);
        if (refusal) this.refuse(one, refusal);
        else this.waiting.push(one);
      }
      this.next();
    }

    // A picture is shown small, so that a wrong one is seen before it is sent.
    async show(one) {
      one.picture = await pictureOf(one.file);
      if (one.picture) one.row.prepend(one.picture);
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
        if (one.picture) row.prepend(one.picture);
        one.row.replaceWith(row);
        one.row = row;
        say(this.wordsOf("here", one.file.name));
        this.form.dispatchEvent(new Event("staged"));
        return;
      }
      if (request.status === 401) window.care.signedOut(request.responseText);
      if (request.status === 422) {
        this.refuse(one, request.responseText);
        return;
      }
      this.refuse(one, this.words.failed);
      const again = make("button", "btn btn-sm", this.words.again);
      again.type = "button";
      again.addEventListener("click", () => {
        one.row.remove();
        this.take([one.file]);
      });
      one.row.append(again);
    }

    // A file that is not sent stays with the reason, until it is dismissed.
    refuse(one, message) {
      one.row.classList.add("evidence__row--wrong");
      one.bar.remove();
      one.row.append(make("p", "evidence__wrong", message));
      one.stop.textContent = this.words.dismiss;
      one.stop.setAttribute("aria-label", this.wordsOf("dismissing", one.file.name));
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
      request.open("POST", `${this.place.dataset.url}${row.dataset.staged}/removal/`);
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
