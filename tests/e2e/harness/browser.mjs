// Chromium of the system, and pages that report what a visitor would not see: console errors, refused contents, failed loads.

import { chromium } from "playwright-core";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
export const WAIT_MS = 15_000;
const locales = { zh: "zh-CN", en: "en-GB" };

export const launch = () => chromium.launch({ executablePath, args });

/**
 * A visitor with a browser profile of their own.
 *
 * @param {import("playwright-core").Browser} browser
 * @param {{ url: string, language?: "zh" | "en", width?: number, height?: number, script?: boolean, storageState?: object }} options
 */
export async function visit(browser, { url, language = "zh", width = 1280, height = 900, script = true, storageState }) {
  const context = await browser.newContext({
    baseURL: url,
    locale: locales[language],
    timezoneId: "Asia/Shanghai",
    viewport: { width, height },
    javaScriptEnabled: script,
    acceptDownloads: true,
    storageState,
    reducedMotion: "reduce",
  });
  context.setDefaultTimeout(WAIT_MS);
  context.setDefaultNavigationTimeout(WAIT_MS);
  const problems = [];
  if (script) {
    await context.addInitScript(() => {
      addEventListener("securitypolicyviolation", (event) => {
        console.error(`content security policy: ${event.violatedDirective} ${event.blockedURI}`);
      });
    });
  }
  context.on("page", (page) => watch(page, problems));
  return { context, problems, language, page: await context.newPage() };
}

/** Collects what goes wrong on a page. A refusal with its own page is no fault of loading it. */
function watch(page, problems) {
  page.on("dialog", (dialog) => dialog.accept());
  const note = (text) => problems.push(`${new URL(page.url()).pathname}: ${text}`);
  page.on("console", (message) => {
    if (message.type() !== "error" && message.type() !== "warning") return;
    const own = message.location().url === page.url() && /status of 4\d\d/.test(message.text());
    if (!own) note(message.text());
  });
  page.on("pageerror", (error) => note(String(error)));
  page.on("requestfailed", (request) => {
    const failure = request.failure()?.errorText ?? "";
    if (failure !== "net::ERR_ABORTED") note(`${request.url()} ${failure}`);
  });
  page.on("response", (response) => {
    const status = response.status();
    if (status >= 500 || (status >= 400 && !response.request().isNavigationRequest())) note(`${status} ${response.url()}`);
  });
}
