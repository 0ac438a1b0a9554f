// Two windows on one section; and the count of characters (字), which browser and server must agree on.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import * as applicant from "../harness/applicant.mjs";
import { launch, visit } from "../harness/browser.mjs";
import { root, startDemo } from "../harness/demo.mjs";
import { sample } from "../harness/sample.mjs";
import { word } from "../harness/words.mjs";

const NOW = "2025-03-20T09:00:00+08:00";
const CALL = "miit-2025-ai-devices";

let browser;
let demo;
let visitor;
let application;

describe("one section in two windows, and what it counts", () => {
  before(async () => {
    [browser, demo] = await Promise.all([launch(), startDemo(NOW)]);
    visitor = await visit(browser, { url: demo.url });
    await applicant.register(visitor, sample(CALL).applicant, "wang.fang");
    application = await applicant.begin(visitor, CALL);
  });
  after(async () => {
    await browser?.close();
    await demo?.stop();
  });

  test("two windows change one field: the later one is asked, and nothing is lost", async () => {
    const { context, page, language } = visitor;
    const t = (key) => word(language, key);
    const field = "overview";
    const other = await context.newPage();
    await page.goto(`${application}/task`);
    await other.goto(`${application}/task`);

    await applicant.set(page, field, "甲窗口写的概述。\n第二行。");
    await applicant.save(visitor);
    await applicant.set(other, field, "乙窗口写的概述。");
    await applicant.set(other, "task_name", "乙窗口写的名称");
    const refused = await applicant.press(other, t("section-save"));
    assert.equal(refused.status(), 409);
    const theirs = other.locator("section", { has: other.locator(`[name="keep.${field}"]`) });
    assert.match(await theirs.locator(".versus > div").nth(0).innerText(), /甲窗口写的概述。\n第二行。/);
    assert.match(await theirs.locator(".versus > div").nth(1).innerText(), /乙窗口写的概述。/);

    // The first window's text stays until the second has chosen.
    const stored = () => context.request.get(`${application}/task`).then((answer) => answer.text());
    assert.match(await stored(), /甲窗口写的概述。/);
    await theirs.getByLabel(t("conflict-keep-yours")).check();
    await applicant.press(other, t("conflict-save"));
    await other.goto(`${application}/task`);
    assert.equal(await other.locator(`[name="${field}"]`).inputValue(), "乙窗口写的概述。");
    assert.equal(await other.locator('[name="task_name"]').inputValue(), "乙窗口写的名称");

    // Now the first window is the later one, and leaves the second's text as it is.
    await applicant.set(page, field, "甲窗口又写的概述。");
    assert.equal((await applicant.save(visitor)).status(), 409);
    await page.locator("section", { has: page.locator(`[name="keep.${field}"]`) }).getByLabel(t("conflict-keep-theirs")).check();
    await applicant.press(page, t("conflict-save"));
    assert.match(await stored(), /乙窗口写的概述。/);
    await other.close();
    assert.deepEqual(visitor.problems, []);
  });

  test("unsaved text stays in this browser and is offered again", async () => {
    const { page, language } = visitor;
    const t = (key) => word(language, key);
    await page.goto(`${application}/basis`);
    const field = page.locator('[name="statement.standing"]');
    await field.fill("写到一半的文字");
    await page.waitForFunction(() => Object.keys(localStorage).some((key) => key.endsWith("/basis")));
    await page.goto(`${application}/basis`);
    assert.equal(await field.inputValue(), "");
    await page.getByRole("button", { name: t("form-restore") }).click();
    assert.equal(await field.inputValue(), "写到一半的文字");
    await applicant.save(visitor);
    assert.equal(await page.locator(".banner").count(), 0);
    assert.deepEqual(visitor.problems, []);
  });

  test("the browser counts characters as the server does", async () => {
    const { context, page, language } = visitor;
    const corpus = JSON.parse(readFileSync(join(root, "tests", "character_count.json"), "utf8"));
    const field = page.locator('[name="overview"]');
    const line = page.locator('[id="overview-count"]');
    await page.goto(`${application}/task`);
    const limit = Number(await field.getAttribute("data-limit"));
    for (const { text, count } of corpus) {
      await field.fill(text);
      assert.equal(await line.innerText(), word(language, "count-left").replace("#", limit - count), JSON.stringify(text));
    }
    // What is saved arrives with other line ends; what the server refuses to keep, it shows again with its count.
    const sent = [
      ...corpus.map(({ text }) => text).filter((text, nth) => text.trim() && nth % 6 === 0),
      "一\n二\r\n\r\n三 95%\n",
      `${"é".normalize("NFD")}𠮷👨‍👩‍👧ＰＥＴ－ＣＴ ≥95%`,
      "\u200e\u202aabc\u202c",
      "字".repeat(limit + 1),
    ];
    for (const text of sent) {
      await page.goto(`${application}/task`);
      await field.fill(text);
      const counted = await line.innerText();
      const saved = await applicant.save(visitor);
      const html = saved.status() < 400 ? await (await context.request.get(`${application}/task`)).text() : await saved.text();
      const [, served] = /id="overview-count"[^>]*>([^<]*)</.exec(html);
      assert.equal(counted, served, JSON.stringify(text));
    }
    assert.deepEqual(visitor.problems, []);
  });
});
