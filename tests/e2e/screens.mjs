// Writes docs/screens/<page>-<zh|en>-<1280|390>.png: `node tests/e2e/screens.mjs [part of a page's name]…`.

import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { launch } from "./harness/browser.mjs";
import { root, startDemo } from "./harness/demo.mjs";
import { NOW, latePages, pages, pass, prepare, windows } from "./harness/pages.mjs";
import { palette } from "./harness/png.mjs";

const HEIGHT_MAX = 1600;
const BYTES_MAX = 200_000;
const sizes = [
  { width: 1280, height: 800 },
  { width: 390, height: 844 },
];
const folder = join(root, "docs", "screens");
const only = process.argv.slice(2);

mkdirSync(folder, { recursive: true });
if (only.length === 0) for (const name of readdirSync(folder)) if (name.endsWith(".png")) rmSync(join(folder, name));
const [browser, demo] = await Promise.all([launch(), startDemo(NOW)]);
let failed = 0;
try {
  const { state, eyes, problems } = await prepare(browser, demo);
  for (const problem of problems) console.error(problem);
  await draw(pages, state, eyes);
  await pass(browser, demo);
  await draw(latePages, state, eyes);
} finally {
  await browser.close();
  await demo.stop();
}
process.exitCode = failed > 0 ? 1 : 0;

function asked({ name }) {
  return only.length === 0 || only.some((part) => name.includes(part));
}

async function draw(list, state, eyes) {
  for (const language of ["zh", "en"]) {
    const opened = windows(browser, demo, eyes, language);
    for (const { name, who, status, open } of list.filter(asked)) {
      const visitor = await opened.of(who);
      try {
        await visitor.page.setViewportSize(sizes[0]);
        const found = (await open({ ...visitor, state })).status();
        if (found !== status) throw new Error(`answered with ${found}`);
        for (const size of sizes) await shoot(visitor.page, size, `${name}-${language}-${size.width}.png`);
      } catch (error) {
        failed += 1;
        console.error(`${name} in ${language}: ${error.message}`);
      }
    }
    await opened.close();
  }
}

async function shoot(page, size, name) {
  await page.setViewportSize(size);
  await page.mouse.move(0, 0);
  await page.evaluate(() => {
    document.activeElement?.blur();
    scrollTo(0, 0);
  });
  const whole = await page.evaluate(() => document.documentElement.scrollHeight);
  const clip = { x: 0, y: 0, width: size.width, height: Math.min(HEIGHT_MAX, Math.max(whole, size.height)) };
  const drawn = palette(await page.screenshot({ fullPage: true, clip, caret: "initial", animations: "allow" }));
  if (drawn.length > BYTES_MAX) {
    failed += 1;
    console.error(`${name} has ${drawn.length} bytes`);
  }
  writeFileSync(join(folder, name), drawn);
  console.log(`${name} ${drawn.length}`);
}
