// Progressive enhancement only: every page works without this file.

import { characterCount } from "./character_count.js";
import { ranking } from "./ranking.js";

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const fill = (text, value) => text.replace("#", value);

// Titles turn their lines between words, not inside them.
if ("Segmenter" in Intl && document.documentElement.lang.startsWith("zh")) {
  const words = new Intl.Segmenter("zh", { granularity: "word" });
  const whole = /(医疗器械|揭榜挂帅)/; // one word to its readers, two to the dictionary
  for (const title of all("[data-phrases]")) {
    const target = title.querySelector("a") ?? title;
    if (target.children.length) continue;
    const parts = target.textContent
      .trim()
      .split(whole)
      .flatMap((part) => (whole.test(part) ? [{ segment: part, isWordLike: true }] : [...words.segment(part)]));
    target.textContent = "";
    for (const part of parts) {
      if (part.isWordLike) target.append(document.createElement("wbr"));
      target.append(part.segment);
    }
    title.classList.add("phrases");
  }
}

// The summary of errors takes the focus, and its links put the label in sight.
const summary = document.querySelector("[data-error-summary]");
summary?.focus();
summary?.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  const field = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
  if (!field) return;
  event.preventDefault();
  (field.closest("fieldset, .govuk-form-group") ?? field).scrollIntoView();
  const control = field.matches("input, select, textarea") ? field : field.querySelector("input, select, textarea");
  control?.focus({ preventScroll: true });
});

// Character counts: seen at once, read out when typing pauses.
for (const line of all("[data-count-for]")) {
  const field = document.getElementById(line.dataset.countFor);
  const limit = Number(field?.dataset.limit);
  if (!limit) continue;
  const spoken = document.createElement("p");
  spoken.className = "govuk-visually-hidden";
  spoken.setAttribute("aria-live", "polite");
  line.after(spoken);
  let pause;
  const show = () => {
    const left = limit - characterCount(field.value);
    line.textContent = fill(left < 0 ? line.dataset.over : line.dataset.left, Math.abs(left));
    line.classList.toggle("over", left < 0);
    clearTimeout(pause);
    pause = setTimeout(() => (spoken.textContent = line.textContent), 1000);
  };
  field.addEventListener("input", show);
  show();
  clearTimeout(pause);
}

// A long closed list gets a filter.
for (const list of all("[data-filter-list]")) {
  const box = list.querySelector(".choices__filter");
  const input = box?.querySelector("input");
  const found = box?.querySelector("[data-found]");
  if (!input) continue;
  box.hidden = false;
  const items = all("[data-words]", list);
  const plain = (text) => text.normalize("NFKC").toLowerCase();
  const apply = () => {
    const terms = plain(input.value).split(/\s+/).filter(Boolean);
    let count = 0;
    for (const item of items) {
      const words = plain(item.dataset.words);
      const shown = terms.every((term) => words.includes(term));
      item.hidden = !shown && !item.querySelector("input").checked;
      count += shown;
    }
    for (const group of all(".choices__group", list)) group.hidden = !group.querySelector("[data-words]:not([hidden])");
    found.textContent = terms.length ? fill(found.dataset.found, count) : "";
  };
  input.addEventListener("input", apply);
  input.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
}

// The browser's box for a file speaks the language of the browser; this one speaks that of the page.
for (const box of all(".upload")) {
  const input = box.querySelector("input");
  const label = document.createElement("label");
  label.htmlFor = input.id;
  label.className = "button button--plain button--small";
  label.textContent = box.dataset.choose;
  const name = document.createElement("span");
  name.className = "upload__name";
  const show = () => (name.textContent = input.files[0]?.name ?? box.dataset.none);
  input.classList.add("govuk-visually-hidden");
  input.after(label, name);
  input.addEventListener("change", show);
  show();
  if (!("drop" in box.dataset)) continue;
  // The browser's own box takes what is dropped on it; hidden, it leaves that to the frame.
  const over = (is) => box.classList.toggle("upload--over", is);
  box.addEventListener("dragover", (event) => (event.preventDefault(), over(true)));
  box.addEventListener("dragleave", () => over(false));
  box.addEventListener("drop", (event) => {
    event.preventDefault();
    over(false);
    if (event.dataTransfer.files.length) input.files = event.dataTransfer.files;
    show();
  });
}

// Forms with a key: a copy of unsaved text stays in this browser, and leaving the page asks first.
const prefix = "jiebang:";
const store = {
  read(key) {
    try {
      return JSON.parse(localStorage.getItem(prefix + key));
    } catch {
      return null;
    }
  },
  write(key, value) {
    try {
      localStorage.setItem(prefix + key, JSON.stringify(value));
      return true;
    } catch {
      return false;
    }
  },
  remove(key) {
    try {
      localStorage.removeItem(prefix + key);
    } catch {
      // Storage may be switched off; then there is nothing to remove.
    }
  },
};

const controls = (form) =>
  [...form.elements].filter((one) => one.name && !/hidden|password|file|submit|button/.test(one.type));
const values = (form) => controls(form).map((one) => [one.name, one.value, one.type === "radio" || one.type === "checkbox" ? one.checked : null]);

/** The same whatever the order: rows that were ranked may come back in another one. */
const sorted = (list) => JSON.stringify([...list].sort());

function restore(form, kept) {
  for (const one of controls(form)) {
    const choice = one.type === "radio" || one.type === "checkbox";
    const entry = kept.find(([name, value]) => name === one.name && (!choice || value === one.value));
    if (!entry) continue;
    if (choice) one.checked = entry[2];
    else one.value = entry[1];
    one.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

for (const form of all("form[data-key]")) {
  const { key, version, kept, restore: again, discard, unsaved } = form.dataset;
  const clean = sorted(values(form));
  const copy = store.read(key);
  let changed = false;
  let sent = false;
  let timer;

  // A copy that was sent and answered with a newer version has arrived.
  if (copy && ((copy.sent && copy.version !== version) || sorted(copy.values) === clean)) store.remove(key);
  else if (copy) offer(copy);

  function offer(found) {
    const banner = document.createElement("section");
    banner.className = "banner";
    banner.setAttribute("role", "status");
    const heading = document.createElement("h2");
    heading.textContent = fill(kept, new Date(found.at).toLocaleString(document.documentElement.lang));
    const actions = document.createElement("div");
    actions.className = "actions";
    for (const [word, style, act] of [
      [again, "button button--small", () => restore(form, found.values)],
      [discard, "button button--plain button--small", () => store.remove(key)],
    ]) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = style;
      button.textContent = word;
      button.addEventListener("click", () => {
        banner.remove();
        act();
      });
      actions.append(button);
    }
    banner.append(heading, actions);
    form.before(banner);
    if (!summary) banner.scrollIntoView({ block: "nearest" });
  }

  const keep = () => store.write(key, { version, at: Date.now(), values: values(form), sent });
  form.addEventListener("input", () => {
    changed = sorted(values(form)) !== clean;
    const state = form.querySelector("[data-saved]");
    if (state && changed) state.textContent = unsaved;
    clearTimeout(timer);
    timer = setTimeout(() => (changed ? keep() : store.remove(key)), 300);
  });
  form.addEventListener("submit", () => {
    sent = true;
    clearTimeout(timer);
    if (changed) keep();
  });
  addEventListener("pagehide", () => changed && !sent && keep());
  addEventListener("beforeunload", (event) => {
    if (changed && !sent) event.preventDefault();
  });
  addEventListener("pageshow", () => (sent = false));
}

for (const form of all("form[data-ranking]")) ranking(form);

// Logging out leaves nothing of the account in this browser.
for (const form of all("form[data-forget]")) {
  form.addEventListener("submit", () => {
    try {
      for (const key of Object.keys(localStorage)) if (key.startsWith(prefix)) localStorage.removeItem(key);
    } catch {
      // Storage may be switched off.
    }
  });
}

// The account sheet closes with Escape and with a click elsewhere.
const account = document.querySelector("details.account");
if (account) {
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && account.open) {
      account.open = false;
      account.querySelector("summary").focus();
    }
  });
  addEventListener("click", (event) => {
    if (!account.contains(event.target)) account.open = false;
  });
}
