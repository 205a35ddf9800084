// Visits every view of a page in light and dark, filters, follows links, and prints what it saw as JSON.
// Usage: node visit.mjs FILE-URL-OF-INDEX FRAGMENT...
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { browse, go, open, watched } from "./browser.mjs";

const [index, ...fragments] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

async function violations(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"], preload: false }));
  return violations.map((each) => `${each.id}: ${each.nodes.map((node) => node.target.join(" ")).slice(0, 3).join("; ")}`);
}

const seen = await browse(async (browser) => {
  const { page, complaints } = await watched(browser, { colorScheme: "light" });
  const views = {};
  await open(page, index);
  for (const fragment of fragments) {
    await go(page, fragment);
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      views[`${colorScheme} ${fragment}`] = {
        title: await page.title(),
        text: await page.locator("main").innerText(),
        ground: await page.evaluate(() => getComputedStyle(document.body).backgroundColor),
        violations: await violations(page),
      };
    }
  }
  await page.emulateMedia({ colorScheme: "light" });
  return { views, used: await use(page), complaints };
});

async function use(page) {
  const used = {};
  const rows = () => page.locator("tbody tr").count();
  await open(page, index, "#/repositories");
  used.unfiltered = await rows();
  await page.getByLabel("Status").selectOption("unhealthy");
  used.unhealthy = await page.getByRole("status").innerText();
  await page.getByLabel("Text").fill("HARBOR");
  used.filtered = await rows();
  used.filteredAddress = await page.evaluate(() => location.hash);
  used.focused = await page.evaluate(() => document.activeElement.id);
  await open(page, index, used.filteredAddress);
  used.again = await rows();
  const first = page.locator("tbody a").first();
  used.name = await first.innerText();
  await first.focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => location.hash.startsWith("#/repository/"));
  used.repository = await page.locator("h1").innerText();
  used.focusedTag = await page.evaluate(() => document.activeElement.tagName);
  await page.goBack();
  await page.waitForFunction(() => location.hash.startsWith("#/repositories"));
  used.back = await rows();
  await page.getByLabel("Theme").selectOption("dark");
  used.darkGround = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await open(page, index, "#/");
  used.keptTheme = await page.getByLabel("Theme").inputValue();
  await page.emulateMedia({ media: "print" });
  used.printed = await page.evaluate(() => [getComputedStyle(document.querySelector("header nav")).display, getComputedStyle(document.body).backgroundColor]);
  await page.emulateMedia({ media: "screen" });
  const organizations = await page.locator("#organization option").allInnerTexts();
  used.organizations = organizations;
  if (organizations.length > 1) {
    await page.getByLabel("Organization").selectOption(organizations[1]);
    await page.waitForFunction((name) => document.querySelector("h1")?.textContent === name, organizations[1]);
    used.switched = await page.evaluate(() => location.hash);
  }
  return used;
}

console.log(JSON.stringify(seen));
