// Debian's Chromium, driven without a window: what the tests, the benchmark and the pictures share.
import { chromium } from "playwright-core";

// Chromium never needs the network for the page; root, as in a container, can have no sandbox.
const OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--hide-scrollbars"];

export async function browse(visit) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: OPTIONS });
  try {
    return await visit(browser);
  } finally {
    await browser.close();
  }
}

// A page, and what it complains about: errors, refusals of its policy, and requests beyond files.
export async function watched(browser, settings = {}) {
  const context = await browser.newContext(settings);
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (said) => ["error", "warning"].includes(said.type()) && complaints.push(said.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => request.url().startsWith("file:") || complaints.push(`request to ${request.url()}`));
  page.on("dialog", (dialog) => complaints.push(`dialog ${dialog.message()}`) && dialog.dismiss());
  await page.addInitScript(() =>
    addEventListener("securitypolicyviolation", (event) => console.error(`refused ${event.violatedDirective} ${event.blockedURI}`)),
  );
  return { page, complaints };
}

// Opens a view by its fragment, and waits until it is shown.
export async function open(page, index, fragment = "") {
  await page.goto("about:blank");
  await page.goto(`${index}${fragment}`);
  await page.waitForFunction(() => performance.getEntriesByName("crreg-shown").length > 0);
}

// Follows a fragment within the page, as a link does.
export async function go(page, fragment) {
  await page.evaluate((hash) => {
    performance.clearMarks("crreg-shown");
    if (location.hash === hash) dispatchEvent(new HashChangeEvent("hashchange"));
    else location.hash = hash;
  }, fragment);
  await page.waitForFunction(() => performance.getEntriesByName("crreg-shown").length > 0);
}
