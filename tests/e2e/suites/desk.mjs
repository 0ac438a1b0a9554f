// A desk in a browser, for each ministry call, on both databases and in both languages: what is submitted is verified, returned,
// submitted again, verified again, ranked, signed by both departments and confirmed; the applicant, in a window of their own, takes
// the documents, and the receipt proves itself.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import * as applicant from "../harness/applicant.mjs";
import { launch, visit } from "../harness/browser.mjs";
import { run, startDemo } from "../harness/demo.mjs";
import { sample } from "../harness/sample.mjs";
import { word } from "../harness/words.mjs";

const IN_2025 = "2025-03-20T09:00:00+08:00";
const DEMO_PASSWORD = "jiebang-demo";
const WANTED = "缺少检验报告的盖章页";

// By hand, ranking is played once, where the season leaves the most for it. A list under a percent quota waits for the applicants' close.
const calls = [
  { call: "miit-2025-biomaterials-2", now: IN_2025 },
  { call: "miit-2025-ai-devices", now: IN_2025, closes: "2025-03-29T00:00:00+08:00" },
  { call: "miit-2021-ai-devices", now: "2021-12-10T09:00:00+08:00", byHand: true },
];

let browser;

describe("an application at its desk, from submission to the confirmed list", { concurrency: 2 }, () => {
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());
  for (const postgres of [false, true]) {
    for (const given of calls) {
      for (const language of ["zh", "en"]) {
        test(`${given.call} in ${language} on ${postgres ? "PostgreSQL" : "SQLite"}`, () => journey({ ...given, language, postgres }));
      }
    }
  }
});

async function journey({ call, now, closes, byHand, language, postgres }) {
  const demo = await startDemo(now, { postgres });
  const people = [];
  const person = async (username) => {
    const visitor = await visit(browser, { url: demo.url, language });
    people.push(visitor);
    // The accounts of the demo read Chinese.
    await visitor.page.goto(`/?lang=${language}`);
    if (username) await applicant.login(visitor, username, DEMO_PASSWORD);
    return visitor;
  };
  const t = (key) => word(language, key);
  try {
    const lead = await person();
    const application = await submitted(lead, call, t);
    const id = application.split("/").at(-1);
    const industry = await person("industry-beijing");
    const drug = await person("drug-beijing");
    const own = `/desk/${call}/applications/${id}`;

    // The start page leads to the queue, the queue to the application.
    const { page } = industry;
    assert.equal(new URL(page.url()).pathname, "/desk");
    await applicant.lead(page, () => page.locator(`.desk-calls a[href^="/desk/${call}"]`).nth(1).click());
    await applicant.lead(page, () => page.locator(`[id="${id}"] th a`).click());
    assert.equal(new URL(page.url()).pathname, own);
    await verify(industry, t, "材料齐全");

    // Returned, the applicant reads why, mends it and submits again; the desk verifies again.
    await drug.page.goto(own);
    await drug.page.locator(".desk-return summary").click();
    await applicant.set(drug.page, "return_note", WANTED);
    await applicant.lead(drug.page, () => drug.page.locator(".desk-return button").click());
    await lead.page.goto(application);
    assert.match(await lead.page.locator(".banner").innerText(), new RegExp(WANTED));
    await lead.page.goto(`${application}/submit`);
    await applicant.press(lead.page, t("submit-act"));
    const receipt = new URL(lead.page.url()).pathname;
    await page.goto(own);
    const before = await page.locator("#sheet").innerText();
    assert.match(before, { zh: /须重新核实/, en: /Verify again/ }[language]);
    await verify(industry, t, "补正后材料齐全");
    for (const one of [industry, drug]) {
      await one.page.goto(own);
      await applicant.set(one.page, "stance", "agrees");
      await applicant.press(one.page, t("desk-opinion"));
    }

    if (closes) await passed(drug, closes);
    await (byHand ? ranked : placed)(drug, t, call, id);
    await signed({ industry, drug, t, language, call, id });
    await documents(lead, { demo, t, receipt });
    for (const { problems } of people) assert.deepEqual(problems, []);
  } catch (error) {
    error.message += `\n${people.map((one) => `${one.page.url()}\n${one.problems.join("\n")}`).join("\n")}\n${demo.messages()}`;
    throw error;
  } finally {
    await Promise.all(people.map(({ context }) => context.close()));
    await demo.stop();
  }
}

/** Registers an organisation of Beijing and submits its application. */
async function submitted(visitor, call, t) {
  const typed = sample(call);
  await applicant.register(visitor, { ...typed.applicant, region: "11" }, "wang.fang");
  const application = await applicant.begin(visitor, call);
  await applicant.fillAll(visitor, application, typed);
  await visitor.page.goto(`${application}/submit`);
  await applicant.press(visitor.page, t("submit-act"));
  return application;
}

/** Answers every question of the open sheet and saves it. */
async function verify({ page }, t, note) {
  for (const met of await page.locator("#sheet input[value=met]").all()) await met.check();
  await applicant.set(page, "note", note);
  await applicant.set(page, "reason", "核心指标高于要求");
  await applicant.press(page, t("desk-assess"));
  assert.equal(await page.locator("#sheet [name=note]").inputValue(), note);
}

/** The clock passes an instant. */
async function passed({ page }, instant) {
  const response = await page.request.post("/demo/clock", { form: { to: instant } });
  assert.ok(response.ok(), `${response.status()}`);
}

/** Puts the application first, by number, and nothing else on the list. */
async function placed({ page }, t, call, id) {
  await page.goto(`/desk/${call}/ranking`);
  const listed = () => page.locator("[data-listed] [data-row] input");
  const put = async (input, number) => {
    await input.fill(number);
    await input.press("Tab");
  };
  for (let left = await listed().count(); left > 0; left -= 1) await put(listed().first(), "");
  await put(page.locator(`[id="rank-${id}"]`), "1");
  await applicant.press(page, t("desk-rank-save"));
  assert.deepEqual(await listed().evaluateAll((all) => all.map((one) => [one.id.slice(5), one.value])), [[id, "1"]]);
}

/** Puts the application first, by keyboard; then moves it by pointer, by a typed number, and back. */
async function ranked({ page }, t, call, id) {
  await page.goto(`/desk/${call}/ranking`);
  const listed = () => page.locator("[data-listed] [data-row] input").evaluateAll((all) => all.map((one) => [one.id.slice(5), one.value]));
  const others = await page.locator("[data-others] [data-row] button").count();
  assert.ok(others >= 2, `${others} verified applications`);
  const row = page.locator("[data-row]", { has: page.locator(`[id="rank-${id}"]`) });
  const grip = row.locator("button");
  const said = () => page.locator("[data-live]").innerText();
  const other = page.locator("[data-others] [data-row]").filter({ hasNot: page.locator(`[id="rank-${id}"]`) }).first();
  await other.locator("button").press("ArrowUp");
  await grip.focus();
  await page.keyboard.press("ArrowUp");
  assert.match(await said(), spoken(2, 2));
  await page.keyboard.press("ArrowUp");
  assert.match(await said(), spoken(1, 2));
  assert.ok(await grip.evaluate((one) => one === document.activeElement), "the handle keeps the focus");
  assert.deepEqual((await listed())[0], [id, "1"]);
  await page.keyboard.press("End");
  assert.deepEqual((await listed())[1], [id, "2"]);
  await page.keyboard.press("ArrowDown");
  assert.equal((await listed()).length, 1, "below the last place is off the list");
  assert.ok((await said()).length > 0);

  // By pointer, from off the list to before the first.
  const first = page.locator("[data-listed] [data-row]").first();
  const from = await grip.boundingBox();
  const to = await first.boundingBox();
  await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2);
  await page.mouse.down();
  await page.mouse.move(to.x + 20, to.y + to.height / 2, { steps: 4 });
  await page.mouse.move(to.x + 20, to.y + 4, { steps: 4 });
  await page.mouse.up();
  assert.deepEqual((await listed())[0], [id, "1"]);
  // By number.
  await row.locator("input").fill("2");
  await row.locator("input").press("Tab");
  assert.deepEqual((await listed())[1], [id, "2"]);
  await grip.press("Home");
  await applicant.press(page, t("desk-rank-save"));
  assert.deepEqual((await listed()).map(([, number]) => number), ["1", "2"]);
  assert.equal((await listed())[0][0], id);
}

/** What the live region says of a place, in either language. */
const spoken = (place, count) => new RegExp(`(第 ${place} 位，共 ${count} 项|place ${place} of ${count})$`);

/** Both departments sign; the confirmed list holds the application first, and its digest is that of the file. */
async function signed({ industry, drug, t, language, call, id }) {
  const confirmation = `/desk/${call}/confirmation`;
  for (const { page } of [industry, drug]) {
    await page.goto(confirmation);
    await applicant.lead(page, () => page.locator("#signatures button").click());
  }
  const { page } = drug;
  assert.match(await page.locator("main").innerText(), { zh: /第 1 版推荐名单已确认/, en: /version 1 of the list is confirmed/ }[language]);
  await applicant.lead(page, () => page.locator("#versions a").click());
  const shown = (await page.locator(".digest .mono").innerText()).replaceAll(/\s/g, "");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: t("desk-list-content") }).click(),
  ]);
  const content = readFileSync(await download.path());
  assert.equal(createHash("sha256").update(content).digest("hex"), shown);
  const list = JSON.parse(content);
  assert.equal(list.entries[0].application, id);
  assert.deepEqual(list.signatures.map(({ department }) => department), ["industry_authority", "drug_regulator"]);
}

/** The application book of the version that counts; its receipt, proved offline with the key and refused when it is changed. */
async function documents({ page }, { demo, t, receipt }) {
  await page.goto(receipt);
  const book = await downloaded(page, t("application-book"));
  const text = execFileSync("pdftotext", ["-layout", book, "-"], { encoding: "utf8" });
  assert.ok(text.includes(receipt.split("/").at(-1)), "the book names its receipt");
  const file = join(demo.data, "receipt.json");
  await page.goto(receipt);
  copyFileSync(await downloaded(page, t("receipt-download")), file);
  const key = join(demo.data, "key.txt");
  writeFileSync(key, await (await page.request.get("/.well-known/jiebang-ledger")).text());
  assert.match(run("verify", "--lang", "en", "--key", key, file), /^(Valid|The signature is valid)/);
  writeFileSync(file, readFileSync(file, "utf8").replace(/"version":2/, '"version":3'));
  assert.throws(() => run("verify", "--key", key, file), ({ status }) => status === 1);
  assert.ok(receipt.endsWith(JSON.parse(readFileSync(file, "utf8")).number));
}

/** The file behind a link; the page in between says that it is being made and comes back by itself. */
async function downloaded(page, name) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name }).click()]);
  return download.path();
}
