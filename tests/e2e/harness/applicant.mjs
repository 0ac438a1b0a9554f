// What an applicant does in a browser. Every step ends when the next page is there, never after a time.

import { pdf } from "./sample.mjs";
import { word } from "./words.mjs";

export const PASSWORD = "correct-horse-7-battery";

const quoted = (value) => JSON.stringify(value);

/** Does something that leads to another page, and waits for that page. Returns its response. */
export async function lead(page, act) {
  const arrived = page.waitForEvent("load");
  const answered = page.waitForResponse((response) => {
    const request = response.request();
    return request.isNavigationRequest() && request.frame() === page.mainFrame() && (response.status() < 300 || response.status() >= 400);
  });
  await act();
  const [response] = await Promise.all([answered, arrived]);
  return response;
}

export const press = (page, name) => lead(page, () => page.getByRole("button", { name, exact: true }).click());

/** Sets one input by its name, whatever its kind. Returns whether the page has it. */
export async function set(page, name, value) {
  const kind = (await kinds(page)).get(name);
  if (kind) await put(page, name, kind, value);
  return Boolean(kind);
}

async function put(page, name, kind, value) {
  const input = page.locator(`main [name=${quoted(name)}]:not([type=hidden])`);
  if (kind === "radio") await input.and(page.locator(`[value=${quoted(value)}]`)).check();
  else if (kind === "checkbox") await input.setChecked(value === "yes");
  else if (kind === "select-one") await input.selectOption(value);
  else await input.fill(value);
}

/** Sets the inputs that the page has; returns their names. */
async function putAll(page, values, except = new Set()) {
  const found = [...(await kinds(page))].filter(([name]) => values.has(name) && !except.has(name));
  for (const [name, kind] of found) await put(page, name, kind, values.get(name));
  return found.map(([name]) => name);
}

/** Kinds of the inputs of the open page by name, in order. */
async function kinds(page) {
  const pairs = await page.locator("main form [name]").evaluateAll((all) => all.map((one) => [one.name, one.type]));
  return new Map(pairs.filter(([, kind]) => !/^(hidden|submit|button)$/.test(kind)));
}

/** Registers the sample's organisation; ends on the first page after it. */
export async function register(visitor, organisation, username) {
  const { page } = visitor;
  await page.goto("/register");
  const typed = {
    code: organisation.code,
    name: organisation.name,
    kind: organisation.kind,
    region: organisation.region,
    legal_representative: organisation.legal_representative,
    mainland: "yes",
    legal_person: "yes",
    person_name: "王芳",
    username,
    password: PASSWORD,
    password_again: PASSWORD,
    email: "wang.fang@example.com",
  };
  await putAll(page, new Map(Object.entries(typed)));
  return press(page, word(visitor.language, "register-act"));
}

export async function login(visitor, username, password = PASSWORD) {
  const { page } = visitor;
  await page.goto("/login");
  await set(page, "username", username);
  await set(page, "password", password);
  return press(page, word(visitor.language, "login-act"));
}

/** Starts an application from the page of its call; returns the path of its task list. */
export async function begin(visitor, call) {
  await visitor.page.goto(`/calls/${call}`);
  await press(visitor.page, word(visitor.language, "call-start"));
  return new URL(visitor.page.url()).pathname;
}

/** Paths of the sections on a task list, in order. */
export async function sections(page, application) {
  await page.goto(application);
  const links = await page.locator(".task__name a").evaluateAll((all) => all.map((one) => one.getAttribute("href")));
  const own = new RegExp(`^${application}/(?!check$|submit$)[^/?#]+$`);
  return links.filter((href) => own.test(href));
}

/** Saves the open section and stays on it. */
export const save = (visitor) => press(visitor.page, word(visitor.language, "section-save"));

/** Fills the open section from a sample and goes on; fields that only then begin to apply are filled as well. */
export async function fillSection(visitor, sample) {
  const { page } = visitor;
  const here = new URL(page.url()).pathname;
  const done = new Set();
  for (let again = false; new URL(page.url()).pathname === here; again = true) {
    await fillRows(visitor, sample);
    await attach(visitor, sample);
    const fresh = await putAll(page, sample.values, done);
    if (again && fresh.length === 0) throw new Error(`“save and continue” stays on ${here}: ${await faults(page)}`);
    for (const name of fresh) done.add(name);
    await press(page, word(visitor.language, "section-save-next"));
  }
}

/** Rows of the tables of the open section; adds as many as the sample has. */
async function fillRows({ page }, sample) {
  for (const [table, rows] of sample.rows) {
    const add = page.locator(`button[name=act][value=${quoted(`add.${table}`)}]`);
    if ((await add.count()) === 0) continue;
    for (const [nth, row] of rows.entries()) {
      const fieldset = page.locator(`[id=${quoted(table)}] .rows__row`).nth(nth);
      if ((await fieldset.count()) === 0) await lead(page, () => add.click());
      const first = await fieldset.locator("[name]:not(button)").first().getAttribute("name");
      const at = first.split(".").at(-2);
      const cells = [...row].map(([column, value]) => [`${table}.${at}.${column}`, value]);
      await putAll(page, new Map(cells));
    }
  }
}

/** Attaches the evidence that the sample has and the page asks for, each file in the slot of its member. */
async function attach({ page }, sample) {
  const slots = await page.locator("input[type=file]").evaluateAll((all) => all.map((one) => one.id));
  const waiting = new Map();
  for (const [item, wanted] of Object.entries(sample.evidence ?? {})) {
    const own = slots.filter((id) => id.startsWith(`evidence.${item}.`));
    for (let nth = 0; nth < wanted && own.length > 0; nth += 1) {
      const id = own[Math.min(nth, own.length - 1)];
      const held = await slot(page, id).locator(".evidence__files a").allTextContents();
      const name = `${item}-${nth + 1}.pdf`;
      if (!held.includes(name)) waiting.set(id, [...(waiting.get(id) ?? []), pdf(name, nth + 1)]);
    }
  }
  while (waiting.size > 0) {
    let last;
    for (const [id, files] of waiting) {
      await page.locator(`[id=${quoted(id)}]`).setInputFiles(files.shift());
      if (files.length === 0) waiting.delete(id);
      last = id;
    }
    await lead(page, () => slot(page, last).locator("button[value^='upload.']").click());
  }
}

const slot = (page, id) => page.locator(".evidence__slot", { has: page.locator(`[id=${quoted(id)}]`) });

/** Fills all sections of an application from a sample, following “save and continue” from the first to the task list. */
export async function fillAll(visitor, application, sample) {
  const { page } = visitor;
  await page.goto((await sections(page, application))[0]);
  while (await page.locator("form[data-version]").count()) await fillSection(visitor, sample);
}

/** What the open page says is wrong. */
export const faults = (page) =>
  page.locator(".govuk-error-summary__list, .finding__message").allInnerTexts().then((all) => all.join("; "));

/** Findings of the check page: `{ kind, clause, message, href }`. */
export function findings(page) {
  return page.locator(".finding").evaluateAll((all) =>
    all.map((one) => ({
      kind: one.querySelector(".state")?.textContent.trim(),
      wrong: Boolean(one.querySelector(".state--wrong")),
      clause: one.querySelector(".finding__head .cite")?.textContent.trim() ?? "",
      message: one.querySelector(".finding__message")?.textContent.trim() ?? "",
      href: one.querySelector(".finding__link a")?.getAttribute("href") ?? "",
    })),
  );
}
