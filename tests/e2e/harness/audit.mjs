// What every page must stand: axe without serious findings, no sideways scrolling, no errors in the console.

import axe from "axe-core";

const GRAVE = new Set(["serious", "critical"]);

/** Serious and critical findings of axe on the open page, one line each. */
export async function accessibility(page) {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  const grave = violations.filter((one) => GRAVE.has(one.impact));
  return grave.flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.target.join(" ")} ${node.html.slice(0, 160)}`));
}

/** What stands beyond the right edge of the window, with its size; empty where nothing does. */
export function overflow(page) {
  return page.evaluate(() => {
    const { clientWidth, scrollWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const wide = [...document.querySelectorAll("body *")].filter((one) => {
      const box = one.getBoundingClientRect();
      return box.right > clientWidth + 1 && box.width > 0 && !one.closest(".govuk-visually-hidden");
    });
    const names = wide.map((one) => `${one.tagName.toLowerCase()}.${one.className} ends at ${Math.round(one.getBoundingClientRect().right)}`);
    return [`the page is ${scrollWidth} px wide in ${clientWidth} px`, ...names.slice(0, 5)];
  });
}
