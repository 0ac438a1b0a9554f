// The main job, for each ministry call and in both languages:
// register → start → fill in wrong → check → mend → submit → receipt → reopen → resubmit → too late.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import * as applicant from "../harness/applicant.mjs";
import { launch, visit } from "../harness/browser.mjs";
import { startDemo } from "../harness/demo.mjs";
import { sample } from "../harness/sample.mjs";
import { word } from "../harness/words.mjs";

const IN_2021 = "2021-12-01T09:00:00+08:00";
const IN_2025 = "2025-03-20T09:00:00+08:00";

const calls = [
  { call: "miit-2025-biomaterials-2", now: IN_2025, closes: "2025-03-29T00:00:00+08:00" },
  { call: "miit-2025-ai-devices", now: IN_2025, closes: "2025-03-29T00:00:00+08:00" },
  { call: "miit-2021-ai-devices", now: IN_2021, closes: "2021-12-16T00:00:00+08:00" },
];

let browser;

describe("an application from registration to too late", { concurrency: 2 }, () => {
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  for (const { call, now, closes } of calls) {
    for (const language of ["zh", "en"]) {
      test(`${call} in ${language}`, () => journey({ call, now, closes, language }));
    }
  }
  test("miit-2025-ai-devices without scripts, on a phone", () => journey({ ...calls[1], language: "zh", script: false, width: 390 }));
});

async function journey({ call, now, closes, language, script = true, width = 1280 }) {
  const demo = await startDemo(now);
  const visitor = await visit(browser, { url: demo.url, language, script, width });
  const t = (key) => word(language, key);
  const { page } = visitor;
  try {
    const typed = sample(call);
    await applicant.register(visitor, typed.applicant, "wang.fang");
    await page.goto("/organisation");
    assert.equal((await page.locator("h1").innerText()).replaceAll("\u200b", ""), typed.applicant.name);

    // From the board through the call's page to the task list.
    await page.goto("/");
    await applicant.lead(page, () => page.locator(`.entry a[href$="/calls/${call}"]`).click());
    await applicant.press(page, t("call-start"));
    const application = new URL(page.url()).pathname;
    assert.match(application, /^\/applications\/[^/]+$/);
    const sections = await applicant.sections(page, application);
    assert.ok(sections.length >= 8, `${sections.length} sections`);

    const place = await places(page, sections);
    await wrongThenMended(visitor, { application, typed, t, place });
    await applicant.fillAll(visitor, application, typed);
    await page.goto(`${application}/check`);
    const left = (await applicant.findings(page)).filter((one) => one.wrong);
    assert.deepEqual(left, [], "nothing is left to refuse");

    // Submit: once, with a receipt that says the same on the page and in the file.
    const first = await submit(visitor, { application, t, version: 1 });
    await applicant.press(page, t("receipt-reopen"));
    await mend(visitor, { section: place.get("contact.position"), field: "contact.position", value: "总经理助理" });
    const second = await submit(visitor, { application, t, version: 2 });
    assert.notEqual(second.content_sha256, first.content_sha256);
    await page.goto(`/receipts/${first.number}`);
    await page.locator(`.banner a[href$="/receipts/${second.number}"]`).waitFor();

    await tooLate(visitor, { application, closes, t, second, section: place.get("contact.position") });
    assert.deepEqual(visitor.problems, []);
  } catch (error) {
    error.message += `\nat ${page.url()}\n${visitor.problems.join("\n")}\n${await applicant.faults(page).catch(() => "")}\n${demo.messages()}`;
    throw error;
  } finally {
    await visitor.context.close();
    await demo.stop();
  }
}

/** The section of every input. */
async function places({ request }, sections) {
  const place = new Map();
  for (const section of sections) {
    const html = await (await request.get(section)).text();
    for (const [, name] of html.matchAll(/ name="([^"]+)"/g)) place.set(name, section);
  }
  return place;
}

async function mend(visitor, { section, field, value }) {
  await visitor.page.goto(section);
  assert.ok(await applicant.set(visitor.page, field, value));
  await applicant.save(visitor);
}

/** Fills two fields in wrong; the check names them, each with its clause and a link that leads to the field. */
async function wrongThenMended(visitor, { application, typed, t, place }) {
  const { page } = visitor;
  const code = "lead.postal_code";
  const long = "overview";
  await mend(visitor, { section: place.get(code), field: code, value: "35000" });
  await page.locator(`.govuk-error-summary a[href="#${code}"]`).waitFor();
  await mend(visitor, { section: place.get(long), field: long, value: typed.values.get(long) + "长".repeat(1000) });
  await page.locator(`[id="${long}-count"].over`).waitFor();

  await page.goto(`${application}/check`);
  const found = (await applicant.findings(page)).filter((one) => one.wrong);
  assert.ok(found.length >= 10, "an empty application has many findings");
  for (const one of found) assert.ok(one.message && one.href.startsWith(application), JSON.stringify(one));
  for (const field of [code, long]) {
    const own = found.find((one) => one.href.endsWith(`#${field}`));
    assert.ok(own, `${field} is named`);
    if (field === long) assert.match(own.clause, /F-/, "the limit has its clause");
    await page.goto(`${application}/check`);
    await applicant.lead(page, () => page.locator(`.finding__link a[href="${own.href}"]`).click());
    const input = page.locator(`[name="${field}"]`);
    await input.and(page.locator("[aria-invalid=true]")).waitFor();
    await page.locator(`[id="${field}-error"]`).waitFor();
    await input.fill(typed.values.get(field));
    await applicant.save(visitor);
    await page.locator(`[name="${field}"]:not([aria-invalid])`).waitFor();
  }
  await page.goto(`${application}/submit`);
  assert.equal(await page.getByRole("button", { name: t("submit-act") }).count(), 0, "nobody can submit with findings");
  await page.getByRole("link", { name: t("submit-see-findings") }).waitFor();
}

/** Checks before submitting, submits, and holds the receipt's page against its file. */
async function submit(visitor, { application, t, version }) {
  const { page } = visitor;
  await page.goto(`${application}/check`);
  await applicant.lead(page, () => page.getByRole("link", { name: t("check-to-submit") }).click());
  await page.getByRole("heading", { level: 1, name: t("submit-title") }).waitFor();
  await applicant.press(page, t("submit-act"));
  assert.match(new URL(page.url()).pathname, /^\/receipts\/[^/]+$/);

  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: t("receipt-download") }).click(),
  ]);
  const receipt = JSON.parse(readFileSync(await download.path(), "utf8"));
  for (const key of ["number", "call", "application", "version", "received_at", "content_sha256"]) assert.ok(key in receipt, key);
  assert.equal(receipt.number, (await page.locator(".certificate__number").innerText()).trim());
  assert.equal(receipt.content_sha256, (await page.locator(".digest .mono").innerText()).replaceAll(/\s/g, ""));
  assert.match(receipt.content_sha256, /^[0-9a-f]{64}$/);
  assert.equal(receipt.version, version);
  assert.ok(application.endsWith(`/${receipt.application}`));
  const shown = (await page.locator(".certificate").innerText()).replaceAll(/\s/g, "");
  const [, hour, minute, second] = /T(\d\d):(\d\d):(\d\d)/.exec(inBeijing(receipt.received_at));
  assert.ok(shown.includes(`${hour}:${minute}:${second}`), `${shown} shows ${receipt.received_at}`);

  // The digest is that of the content, which the applicant can fetch.
  const content = await page.request.get(`/receipts/${receipt.number}/content`);
  assert.equal(content.status(), 200);
  assert.equal(createHash("sha256").update(await content.body()).digest("hex"), receipt.content_sha256);
  return receipt;
}

const inBeijing = (instant) => new Date(new Date(instant).getTime() + 8 * 3_600_000).toISOString();

/** With the application open in two windows, the clock passes the deadline: nothing is saved or submitted any more, all stays readable. */
async function tooLate(visitor, { application, closes, t, second, section }) {
  const { page } = visitor;
  await page.goto(`/receipts/${second.number}`);
  await applicant.press(page, t("receipt-reopen"));
  const ready = await visitor.context.newPage();
  await ready.goto(`${application}/submit`);
  const submitting = ready.getByRole("button", { name: t("submit-act") });
  await submitting.waitFor();
  await page.goto(section);
  await applicant.set(page, "contact.position", "来不及写的职务");

  const clock = await visitor.context.newPage();
  await clock.goto("/demo/clock");
  const entries = clock.locator("tr", { has: clock.locator("button[name=to]") });
  const instants = await entries.locator("time").evaluateAll((all) => all.map((one) => one.getAttribute("datetime")));
  const nth = instants.findIndex((at) => new Date(at).getTime() === new Date(closes).getTime());
  assert.ok(nth >= 0, `${instants} has ${closes}`);
  await applicant.lead(clock, () => entries.nth(nth).locator("button").click());
  await clock.close();

  // Saving: refused with the clause, and what was typed is still there to copy.
  const late = await applicant.save(visitor);
  assert.ok(late.status() >= 400 && late.status() < 500, `status ${late.status()}`);
  assert.match(await page.locator("main").innerText(), /三\(一\)/);
  assert.ok((await shown(page)).some((one) => one.includes("来不及写的职务")), "what was typed is not lost");
  // Submitting: the same.
  const refused = await applicant.lead(ready, () => submitting.click());
  assert.ok(refused.status() >= 400 && refused.status() < 500, `status ${refused.status()}`);
  assert.match(await ready.locator("main").innerText(), /三\(一\)/);
  await ready.close();

  // Everything can still be read; nothing can be changed; the second version stands.
  for (const path of [...(await applicant.sections(page, application)), `${application}/check`, `${application}/submit`]) {
    const response = await page.request.get(path);
    assert.equal(response.status(), 200, path);
    assert.doesNotMatch(await response.text(), /name="act"/, `${path} offers no change`);
  }
  await page.goto(section);
  assert.ok((await shown(page)).some((one) => one.includes("总经理助理")), "the saved value is shown");
  assert.match(await page.locator("main").innerText(), /三\(一\)/);
  const receipt = await page.goto(`/receipts/${second.number}`);
  assert.equal(receipt.status(), 200);
  assert.equal(await page.getByRole("button", { name: t("receipt-reopen") }).count(), 0);
  assert.equal(await page.locator(".banner").count(), 0, "the second receipt is the last");
}

/** The text of a page, and what its fields hold. */
async function shown(page) {
  const values = await page.locator("main input, main textarea").evaluateAll((all) => all.map((one) => one.value));
  return [await page.locator("main").innerText(), ...values];
}
