// Every page, in both languages, on a desk and on a phone: axe without serious findings, nothing wider than the window,
// nothing in the console, nothing refused by the content security policy, the language that was asked for.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { accessibility, overflow } from "../harness/audit.mjs";
import { launch } from "../harness/browser.mjs";
import { startDemo } from "../harness/demo.mjs";
import { NOW, latePages, pages, pass, prepare, windows } from "../harness/pages.mjs";

let browser;
let demo;
let prepared;
/** Links of the pages, by whose eyes saw them. */
const seen = new Map();

describe("every page, in both languages, on a desk and on a phone", () => {
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
    if (list === pages) test("every link leads to a page, and every anchor to a place on it", links);
  }
});

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
  assert.equal(await page.locator("html").getAttribute("lang"), { zh: "zh-CN", en: "en" }[language]);
  assert.equal(await page.locator("h1").count(), 1, "one heading of the first level");
  assert.doesNotMatch(await page.locator("body").innerText(), /undefined|\{\{/);
  if (language === "zh" && status < 400) await note(who, page);
  assert.deepEqual(await overflow(page), [], "1280 px");
  assert.deepEqual(await accessibility(page), [], "axe at 1280 px");
  await page.setViewportSize({ width: 390, height: 844 });
  assert.deepEqual(await overflow(page), [], "390 px");
  assert.deepEqual(await accessibility(page), [], "axe at 390 px");
  assert.deepEqual(problems.splice(0), []);
}

async function note(who = "nobody", page) {
  const hrefs = await page.locator("a[href]").evaluateAll((all) => all.map((one) => one.href));
  const own = hrefs.filter((href) => href.startsWith(demo.url) && !href.includes("lang="));
  seen.set(who, new Set([...(seen.get(who) ?? []), ...own]));
}

async function links() {
  const opened = windows(browser, demo, prepared.eyes, "zh");
  const dead = [];
  for (const [who, hrefs] of seen) {
    const { context } = await opened.of(who);
    const found = new Map();
    for (const href of hrefs) {
      const { hash, pathname, search } = new URL(href);
      const address = pathname + search;
      if (!found.has(address)) {
        const answer = await context.request.get(address);
        found.set(address, { status: answer.status(), html: await answer.text() });
      }
      const { status, html } = found.get(address);
      const id = decodeURIComponent(hash.slice(1));
      if (status >= 400) dead.push(`${who}: ${address} answers ${status}`);
      else if (id && !html.includes(`id="${id}"`)) dead.push(`${who}: ${address} has no ${hash}`);
    }
  }
  await opened.close();
  assert.deepEqual([...new Set(dead)], []);
}
