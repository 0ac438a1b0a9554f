// Every page that there is, with the state of the system in which it says something. The tests and the screenshots share it.

import * as applicant from "./applicant.mjs";
import { visit } from "./browser.mjs";
import { sample } from "./sample.mjs";
import { word } from "./words.mjs";

export const NOW = "2025-03-20T09:00:00+08:00";
const AFTER = "2025-03-29T00:00:00+08:00";
const MATERIALS = "miit-2025-biomaterials-2";
const DEVICES = "miit-2025-ai-devices";
const FINISHED = "miit-2021-ai-devices";
const DEMO_PASSWORD = "jiebang-demo";
const BEGINNER = "chen.jing";

/** Opens a path. */
const at = (path, status = 200) => ({ status, open: ({ page, state }) => page.goto(typeof path === "function" ? path(state) : path) });

/** Sends a form that is refused. */
const sent = (path, values, button, status) => ({
  status,
  async open({ page, state, language }) {
    await page.goto(typeof path === "function" ? path(state) : path);
    for (const [name, value] of Object.entries(values)) await applicant.set(page, name, value);
    return applicant.press(page, word(language, button));
  },
});

const chosen = (page, text) => page.locator("#receipt").setInputFiles({ name: "receipt.json", mimeType: "application/json", buffer: Buffer.from(text) });

async function dropped(page, text) {
  const dataTransfer = await page.evaluateHandle((content) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([content], "receipt.json", { type: "application/json" }));
    return transfer;
  }, text);
  await page.dispatchEvent(".upload", "drop", { dataTransfer });
}

/** Has a file verified. */
const verified = (file, status = 200, give = chosen) => ({
  status,
  async open({ page, state, language }) {
    await page.goto("/verify");
    await give(page, file(state));
    return applicant.press(page, word(language, "verify-act"));
  },
});

const draft = (section) => at((state) => `${state.draft}/${section}`);

/** Sends an act that no button of a page offers any more. */
const posted = (path, status) => ({
  status,
  async open({ page, state }) {
    await page.goto("/help");
    return applicant.lead(page, () =>
      page.evaluate((action) => {
        const form = document.body.appendChild(document.createElement("form"));
        Object.assign(form, { method: "post", action });
        form.submit();
      }, path(state)),
    );
  },
});

/** Pages before the deadline; `who` is whose eyes see it. */
export const pages = [
  { name: "board", ...at("/") },
  { name: "board-search", ...at("/?q=人工关节") },
  { name: "board-nothing-found", ...at("/?q=没有这样的词") },
  { name: "call", ...at(`/calls/${MATERIALS}`) },
  { name: "call-ai-devices", ...at(`/calls/${DEVICES}`) },
  { name: "call-2021", ...at("/calls/miit-2021-ai-devices") },
  { name: "login", ...at("/login") },
  { name: "login-refused", ...sent("/login", { username: "nobody", password: "not-the-password" }, "login-act", 422) },
  { name: "login-required", ...at("/applications") },
  { name: "register", ...at("/register") },
  { name: "register-refused", ...sent("/register", { code: "91350100M000100Y44", name: "福州示例" }, "register-act", 422) },
  { name: "help", ...at("/help") },
  { name: "rules", ...at("/rules") },
  { name: "rule", ...at((state) => state.rule) },
  { name: "verify", ...at("/verify") },
  { name: "verify-included", ...verified(({ proved }) => proved) },
  { name: "verify-promised", ...verified(({ proved }) => promised(proved), 200, dropped) },
  { name: "verify-refuted", ...verified(({ proved }) => proved.replace('"version":', '"version":1')) },
  { name: "verify-unreadable", ...verified(({ proved }) => proved.slice(0, 200), 422) },
  { name: "verify-nothing-chosen", ...sent("/verify", {}, "verify-act", 422) },
  { name: "clock", ...at("/demo/clock") },
  { name: "error-404", ...at("/calls/no-such-call", 404) },
  { name: "error-405", ...at("/logout", 405) },
  { name: "error-413", ...sent("/register", { address: "a".repeat(3 << 20) }, "register-act", 413) },
  { name: "join", ...at((state) => state.invitation) },
  { name: "applications-empty", who: "newcomer", ...at("/applications") },
  { name: "organisation-new", who: "newcomer", ...at("/organisation") },
  { name: "applications", who: "applicant", ...at("/applications") },
  { name: "organisation", who: "applicant", ...at("/organisation") },
  { name: "organisation-change", who: "applicant", ...at("/organisation/change") },
  { name: "account", who: "applicant", ...at("/account") },
  { name: "tasks", who: "applicant", ...at((state) => state.draft) },
  { name: "section-lead", who: "applicant", ...draft("lead") },
  { name: "section-people", who: "applicant", ...draft("people") },
  { name: "section-partners", who: "applicant", ...draft("partners") },
  { name: "section-task", who: "applicant", ...draft("task") },
  { name: "section-errors", who: "applicant", ...draft("lead?check") },
  { name: "section-plan", who: "applicant", ...at((state) => `${state.draft}/${state.plan}`) },
  { name: "section-indicators", who: "applicant", ...at((state) => `${state.environment}/goals`) },
  { name: "section-evidence", who: "applicant", ...draft("evidence") },
  { name: "section-declarations", who: "applicant", ...draft("declarations") },
  { name: "check-findings", who: "applicant", ...draft("check") },
  { name: "submit-refused", who: "applicant", ...draft("submit") },
  { name: "check", who: "applicant", ...at((state) => `${state.reopened}/check`) },
  { name: "submit", who: "applicant", ...at((state) => `${state.reopened}/submit`) },
  { name: "receipt", who: "applicant", ...at((state) => state.receipt) },
  { name: "receipt-replaced", who: "applicant", ...at((state) => state.replaced) },
  { name: "submitted-version", who: "applicant", ...at((state) => `${state.replaced}/application`) },
  { name: "tasks-submitted", who: "applicant", ...at((state) => state.submitted) },
  { name: "section-submitted", who: "applicant", ...at((state) => `${state.submitted}/task`) },
  { name: "tasks-begun", who: "applicant", ...at((state) => state.environment) },
  { name: "withdraw", who: "applicant", ...at((state) => `${state.submitted}/withdraw`) },
  { name: "conflict", who: "applicant", status: 409, open: conflict },
  { name: "organisation-conflict", who: "applicant", status: 409, open: organisations },
  { name: "invitation", who: "applicant", ...sent("/organisation", {}, "organisation-invite-act", 200) },
  { name: "error-409", who: "applicant", ...posted((state) => `${state.draft}/reopen`, 409) },
  { name: "tasks-no-task-yet", who: "beginner", ...at((state) => state.begun) },
  { name: "section-not-yet", who: "beginner", ...at((state) => `${state.begun}/goals`) },
  { name: "unsaved", who: "beginner", status: 401, open: (visitor) => unsaved(visitor) },
  { name: "unsaved-login-refused", who: "beginner", status: 422, open: (visitor) => unsaved(visitor, "not-the-password") },
  { name: "unsaved-after-login", who: "beginner", status: 200, open: (visitor) => unsaved(visitor, applicant.PASSWORD) },
  { name: "login-undone", who: "beginner", status: 200, open: undone },
  { name: "unsaved-too-many", who: "beginner", status: 429, open: (visitor) => tooMany(visitor, `${visitor.state.begun}/task`, "section-save") },
  { name: "error-429", who: "beginner", status: 429, open: (visitor) => tooMany(visitor, "/account", "account-password-change") },
  { name: "office-calls", who: "office", ...at("/office/calls") },
  { name: "error-403", who: "office", ...at("/organisation", 403) },
  { name: "tasks-returned", who: "returned", ...at((state) => state.returnedTasks) },
  { name: "desk-start", who: "industry", ...at("/desk") },
  { name: "desk-start-city", who: "city", ...at("/desk") },
  { name: "desk-queue", who: "industry", ...at(`/desk/${DEVICES}`) },
  { name: "desk-queue-nothing", who: "city", ...at(`/desk/${DEVICES}?show=objected`) },
  { name: "desk-application", who: "industry", ...at((state) => state.verified) },
  { name: "desk-application-objected", who: "drug", ...at((state) => state.objected) },
  { name: "desk-application-returned", who: "industry", ...at((state) => state.returned) },
  { name: "desk-application-refused", who: "drug", ...sent((state) => state.verified, { stance: "objects", opinion_note: "" }, "desk-opinion", 422) },
  { name: "desk-application-conflict", who: "industry", status: 409, open: sheets },
  { name: "desk-ranking", who: "industry", ...at(`/desk/${DEVICES}/ranking`) },
  { name: "desk-ranking-refused", who: "industry", status: 422, open: (visitor) => ranked(visitor, "二") },
  { name: "desk-ranking-conflict", who: "industry", status: 409, open: rankings },
  { name: "desk-confirmation", who: "drug", ...at(`/desk/${DEVICES}/confirmation`) },
  { name: "desk-confirmation-empty", who: "fujian", ...at(`/desk/${DEVICES}/confirmation`) },
  { name: "desk-confirmation-closed", who: "industry", ...at(`/desk/${FINISHED}/confirmation`) },
  { name: "desk-list", who: "industry", ...at(`/desk/${FINISHED}/lists/1`) },
  { name: "desk-unsaved", who: "drug", status: 401, open: deskUnsaved },
  { name: "desk-watched", who: "office", ...at("/desk") },
  { name: "desk-overview", who: "office", ...at(`/desk/${DEVICES}`) },
  { name: "desk-overview-refused", who: "office", status: 422, open: approved },
  { name: "desk-queue-watched", who: "office", ...at(`/desk/${DEVICES}?region=11`) },
];

/** Pages after the deadline. */
export const latePages = [
  { name: "board-none-open", ...at("/") },
  { name: "call-closed", ...at(`/calls/${MATERIALS}`) },
  { name: "tasks-late", who: "applicant", ...at((state) => state.draft) },
  { name: "section-late", who: "applicant", ...draft("lead") },
  { name: "submit-late", who: "applicant", ...draft("submit") },
  { name: "desk-start-late", who: "industry", ...at("/desk") },
  { name: "desk-confirmation-asked", who: "industry", ...at(`/desk/${DEVICES}/confirmation`) },
  { name: "desk-confirmation-half", who: "corps", ...at(`/desk/${DEVICES}/confirmation`) },
  { name: "desk-confirmation-confirmed", who: "city", ...at(`/desk/${DEVICES}/confirmation`) },
  { name: "desk-ranking-confirmed", who: "city", ...at(`/desk/${DEVICES}/ranking`) },
];

/** Two windows save one section; the later one is asked. */
async function conflict({ page, context, state, language }) {
  const section = `${state.draft}/people`;
  const other = await context.newPage();
  await page.goto(section);
  await other.goto(section);
  await applicant.set(other, "principal.position", { zh: "总工程师兼研究院院长", en: "总工程师、研究院院长" }[language]);
  await applicant.press(other, word(language, "section-save"));
  await other.close();
  await applicant.set(page, "principal.position", "副总经理、总工程师");
  return applicant.press(page, word(language, "section-save"));
}

/** Two windows change one fact of the organisation; the later one is told. */
async function organisations({ page, context, language }) {
  const change = word(language, "organisation-change-act");
  const other = await context.newPage();
  await page.goto("/organisation/change");
  await other.goto("/organisation/change");
  const now = await page.locator("[name=address]").inputValue();
  const theirs = ["苏州市工业园区示例大道 6 号", "苏州市工业园区示例大道 8 号"].find((address) => address !== now);
  await applicant.set(other, "address", theirs);
  await applicant.press(other, change);
  await other.close();
  await applicant.set(page, "address", "苏州市工业园区示例大道 10 号");
  return applicant.press(page, change);
}

/** Does something while the login is gone, as when it has ended in between. */
async function withoutLogin(context, act) {
  const cookies = await context.cookies();
  await context.clearCookies({ name: "session" });
  return act().finally(() => context.addCookies(cookies));
}

const typeName = ({ page, language }) =>
  applicant.set(page, "task_name", { zh: "肺结节辅助诊断软件", en: "Software that helps to find lung nodules" }[language]);

/** Two windows save one sheet; the later one is shown both. */
async function sheets({ page, context, state, language }) {
  const other = await context.newPage();
  await page.goto(state.verified);
  await other.goto(state.verified);
  await applicant.set(other, "note", { zh: "电话核对，与申报内容一致。", en: "与申报内容一致，已电话核对。" }[language]);
  await applicant.press(other, word(language, "desk-assess"));
  await other.close();
  await applicant.set(page, "note", "现场查看样机，与申报内容一致。");
  return applicant.press(page, word(language, "desk-assess"));
}

/** Types a number beside the first application of the ranking, and saves. */
async function ranked({ page, language }, number) {
  await page.goto(`/desk/${DEVICES}/ranking`);
  await page.locator("[data-listed] input").first().fill(number);
  return applicant.press(page, word(language, "desk-rank-save"));
}

/** Two windows save one ranking; the later one is shown both. */
async function rankings({ page, context, language }) {
  const other = await context.newPage();
  await page.goto(`/desk/${DEVICES}/ranking`);
  await other.goto(`/desk/${DEVICES}/ranking`);
  await other.locator("[data-listed] button").first().press("ArrowDown");
  await applicant.press(other, word(language, "desk-rank-save"));
  await other.close();
  await page.locator("[data-listed] button").last().press("ArrowUp");
  return applicant.press(page, word(language, "desk-rank-save"));
}

/** Places are approved that are no number. */
async function approved({ page }) {
  await page.goto(`/desk/${DEVICES}`);
  await applicant.set(page, "overrun_places", "若干");
  return applicant.lead(page, () => page.locator("button[value=approve]").click());
}

/** A sheet is sent after the login has ended. */
async function deskUnsaved({ page, context, state, language }) {
  await page.goto(state.objected);
  await applicant.set(page, "note", "查阅补充的分类界定结果，与申报内容一致。");
  return withoutLogin(context, () => applicant.press(page, word(language, "desk-assess")));
}

/** A section is saved after the login has ended, and with a password goes through the login. */
async function unsaved(visitor, password) {
  const { page, context, state, language } = visitor;
  await page.goto(`${state.begun}/task`);
  await typeName(visitor);
  return withoutLogin(context, async () => {
    const refused = await applicant.save(visitor);
    if (!password) return refused;
    await applicant.set(page, "username", BEGINNER);
    await applicant.set(page, "password", password);
    return applicant.press(page, word(language, "login-act"));
  });
}

/** Another form is sent after the login has ended. */
async function undone({ page, context, language }) {
  await page.goto("/account");
  return withoutLogin(context, () => applicant.press(page, word(language, "account-password-change")));
}

/** A button is pressed when the account has done too much at once; tried again where the press found a place after all. */
async function tooMany(visitor, path, button) {
  const { page, context, language } = visitor;
  const flood = () => Promise.all(Array.from({ length: 16 }, () => context.request.post("/account", { form: {} })));
  const act = (url) => url.pathname.startsWith(path);
  for (;;) {
    await page.goto(path);
    await typeName(visitor);
    await page.route(act, async (route) => {
      while (!(await flood()).some((answer) => answer.status() === 429));
      await route.continue();
    });
    const response = await applicant.press(page, word(language, button));
    await page.unroute(act);
    if (response.status() === 429) return response;
  }
}

/** Makes the state that the pages show. */
export async function prepare(browser, demo) {
  const state = {};
  const materials = sample(MATERIALS);
  const devices = sample(DEVICES);
  const visitor = await visit(browser, { url: demo.url });
  const { page } = visitor;
  await applicant.register(visitor, materials.applicant, "zhang.ming");

  // An application with everything in it and some of it wrong.
  state.draft = await applicant.begin(visitor, MATERIALS);
  await applicant.fillAll(visitor, state.draft, materials);
  await page.goto(`${state.draft}/task`);
  await applicant.set(page, "overview", materials.values.get("overview").repeat(20));
  await applicant.save(visitor);
  await page.goto(`${state.draft}/lead`);
  await applicant.set(page, "lead.postal_code", "21500");
  await applicant.set(page, "lead.address", "");
  await applicant.save(visitor);
  for (const section of await applicant.sections(page, state.draft)) {
    await page.goto(section);
    if (await page.locator('[name^="statement.plan."]').count()) state.plan = section.split("/").at(-1);
  }

  // One that was submitted, reopened and submitted again; one that is ready; one half written with indicators.
  state.submitted = await applicant.begin(visitor, DEVICES);
  await applicant.fillAll(visitor, state.submitted, { ...devices, values: replaced(devices.values, { "lead.name": null, "lead.code": null }) });
  state.replaced = await submit(visitor, state.submitted);
  await applicant.press(page, word("zh", "receipt-reopen"));
  state.receipt = await submit(visitor, state.submitted);
  state.proved = await proved(visitor, state.receipt);
  state.environment = await applicant.begin(visitor, DEVICES);
  await page.goto(`${state.environment}/task`);
  await applicant.set(page, "task", "database");
  await applicant.save(visitor);
  await page.goto(`${state.environment}/goals`);
  await applicant.set(page, "promises.database.products.value", "2");
  await applicant.save(visitor);
  state.reopened = await applicant.begin(visitor, DEVICES);
  await applicant.fillAll(visitor, state.reopened, { ...devices, values: replaced(devices.values, { "lead.name": null, "lead.code": null }) });

  await page.goto("/organisation");
  await applicant.press(page, word("zh", "organisation-invite-act"));
  const link = await page.locator("main").innerText();
  state.invitation = /\/join\/\S+/.exec(link)?.[0] ?? "/join/none";
  await page.goto("/rules");
  state.rule = await page.locator('main a[href^="/rules/"]').first().getAttribute("href");

  const applicantEyes = await visitor.context.storageState();
  await visitor.context.close();
  const newcomer = await visit(browser, { url: demo.url });
  await applicant.register(newcomer, devices.applicant, "lin.tao");
  const beginner = await visit(browser, { url: demo.url });
  await applicant.register(beginner, sample(DEVICES, "environment").applicant, BEGINNER);
  state.begun = await applicant.begin(beginner, DEVICES);
  const office = await visit(browser, { url: demo.url });
  await applicant.login(office, "office", DEMO_PASSWORD);
  const desks = await deskEyes(browser, demo, state);
  const eyes = {
    nobody: undefined,
    applicant: applicantEyes,
    newcomer: await newcomer.context.storageState(),
    beginner: await beginner.context.storageState(),
    office: await office.context.storageState(),
    ...desks.eyes,
  };
  const visitors = [newcomer, beginner, office];
  await Promise.all(visitors.map(({ context }) => context.close()));
  const problems = [visitor, ...visitors].flatMap((one) => one.problems);
  return { state, eyes, problems: [...problems, ...desks.problems] };
}

const DESKS = {
  industry: "industry-beijing",
  drug: "drug-beijing",
  city: "industry-shenzhen",
  corps: "drug-corps",
  fujian: "industry-fujian",
};

/** Logs everybody of the desks in, finds applications in every state there, and asks for more places. */
async function deskEyes(browser, demo, state) {
  const eyes = {};
  const problems = [];
  const within = async (username, act) => {
    const visitor = await visit(browser, { url: demo.url });
    await applicant.login(visitor, username, DEMO_PASSWORD);
    await act?.(visitor.page);
    const seen = await visitor.context.storageState();
    await visitor.context.close();
    problems.push(...visitor.problems);
    return seen;
  };
  for (const [who, username] of Object.entries(DESKS)) {
    eyes[who] = await within(username, who === "industry" ? (page) => find(page, state) : undefined);
  }
  const { username } = demo.logins.find(({ role, organisation }) => role === "applicant" && organisation === state.returnedLead);
  eyes.returned = await within(username, async (page) => {
    await page.goto("/applications");
    state.returnedTasks = await page.locator(".applications th a").first().getAttribute("href");
  });
  return { eyes, problems };
}

async function find(page, state) {
  for (const [name, show] of [["verified", "ranked"], ["objected", "objected"], ["returned", "returned"]]) {
    await page.goto(`/desk/${DEVICES}?show=${show}`);
    state[name] = await page.locator(".desk-table th a").first().getAttribute("href");
  }
  state.returnedLead = (await page.locator(".desk-table td span").first().innerText()).split("\n")[0];
  await page.goto(`/desk/${DEVICES}/confirmation`);
  await applicant.set(page, "overrun_reason", "本市申报质量普遍较高，三项均已进入临床试验，拟超额推荐一项。");
  await applicant.press(page, word("zh", "desk-overrun-ask"));
}

function replaced(values, changes) {
  const copy = new Map(values);
  for (const [name, value] of Object.entries(changes)) value === null ? copy.delete(name) : copy.set(name, value);
  return copy;
}

async function submit(visitor, application) {
  await visitor.page.goto(`${application}/submit`);
  await applicant.press(visitor.page, word(visitor.language, "submit-act"));
  return new URL(visitor.page.url()).pathname;
}

/** The receipt as it is once the ledger has taken the submission in, which it does every second. */
async function proved({ context }, receipt) {
  for (;;) {
    const answer = await context.request.get(`${receipt}.json`);
    const text = await answer.text();
    if (!answer.ok() || JSON.parse(text).proof) return text;
  }
}

/** The same receipt as it was before. */
function promised(text) {
  const { proof, ...before } = JSON.parse(text);
  return JSON.stringify(before);
}

/** Moves the demo's clock past the applicants' deadline; then one list is signed by one department, and one by both. */
export async function pass(browser, demo) {
  const visitor = await visit(browser, { url: demo.url });
  const answer = await visitor.context.request.post("/demo/clock", { form: { to: AFTER } });
  await visitor.context.close();
  if (!answer.ok()) throw new Error(`the clock stays: ${answer.status()}`);
  for (const username of ["industry-corps", "industry-shenzhen", "drug-shenzhen"]) {
    const officer = await visit(browser, { url: demo.url });
    await applicant.login(officer, username, DEMO_PASSWORD);
    await officer.page.goto(`/desk/${DEVICES}/confirmation`);
    await applicant.lead(officer.page, () => officer.page.locator("#signatures button").click());
    await officer.context.close();
  }
}

/** One window for each pair of eyes, in a language. */
export function windows(browser, demo, eyes, language) {
  const open = new Map();
  return {
    async of(who = "nobody") {
      if (!open.has(who)) {
        const visitor = await visit(browser, { url: demo.url, language, storageState: eyes[who] });
        await visitor.page.goto(`/?lang=${language}`);
        open.set(who, visitor);
      }
      return open.get(who);
    },
    async close() {
      await Promise.all([...open.values()].map(({ context }) => context.close()));
      open.clear();
    },
  };
}
