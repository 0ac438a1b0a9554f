// Every page, in both languages, on a desk and on a phone: axe without serious findings, nothing wider than the window,
// nothing in the console, nothing refused by the content security policy, the language that was asked for.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessibility, overflow } from "./harness/audit.mjs";
import { launch } from "./harness/browser.mjs";
import { startDemo } from "./harness/demo.mjs";
import { NOW, latePages, pages, pass, prepare, windows } from "./harness/pages.mjs";

let browser;
let demo;
let prepared;

before(async () => {
  [browser, demo] = await Promise.all([launch(), startDemo(NOW)]);
  prepared = await prepare(browser, demo);
});
after(async () => {
  await browser?.close();
  await demo?.stop();
});

test("the state is made without a fault", () => assert.deepEqual(prepared.problems, []));

for (const { moment, list } of [
  { moment: "before the deadline", list: pages },
  { moment: "after the deadline", list: latePages },
]) {
  test(`pages ${moment}`, { concurrency: 2 }, async (context) => {
    if (list === latePages) await pass(browser, demo);
    const both = ["zh", "en"].map((language) => context.test(language, { concurrency: 1 }, (own) => all(own, list, language)));
    await Promise.all(both);
  });
}

async function all(context, list, language) {
  const opened = windows(browser, demo, prepared.eyes, language);
  for (const each of list) await context.test(each.name, () => stands(each, opened, language));
  await opened.close();
}

async function stands({ who, open, status }, opened, language) {
  const visitor = await opened.of(who);
  const { page, problems } = visitor;
  await page.setViewportSize({ width: 1280, height: 900 });
  const response = await open({ ...visitor, state: prepared.state });
  assert.equal(response.status(), status);
  assert.equal(await page.locator("html").getAttribute("lang"), { zh: "zh-Hans", en: "en" }[language]);
  assert.equal(await page.locator("h1").count(), 1, "one heading of the first level");
  assert.doesNotMatch(await page.locator("body").innerText(), /undefined|\{\{/);
  assert.deepEqual(await overflow(page), [], "1280 px");
  assert.deepEqual(await accessibility(page), [], "axe at 1280 px");
  await page.setViewportSize({ width: 390, height: 844 });
  assert.deepEqual(await overflow(page), [], "390 px");
  assert.deepEqual(await accessibility(page), [], "axe at 390 px");
  assert.deepEqual(problems.splice(0), []);
}
