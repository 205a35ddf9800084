// Visits every view of a page in light and dark, filters, follows links, and prints what it saw as JSON.
// Usage: node visit.mjs FILE-URL-OF-INDEX FRAGMENT...
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { browse, go, open, watched } from "./browser.mjs";

const [index, ...fragments] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

// Besides axe's own choice: the size of targets, which WCAG 2.2 asks for.
async function violations(page, only) {
  await page.evaluate(axe);
  const options = { resultTypes: ["violations"], preload: false, rules: { "target-size": { enabled: true } }, ...(only && { runOnly: only }) };
  const { violations } = await page.evaluate((given) => globalThis.axe.run(document, given), options);
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
  const narrow = {};
  for (const width of [360, 768, 1440]) {
    await page.setViewportSize({ width, height: 800 });
    for (const fragment of fragments) {
      await go(page, fragment);
      narrow[`${width} ${fragment}`] = [...(await page.evaluate(misfits)), ...(await violations(page, ["target-size"]))];
    }
  }
  await page.setViewportSize({ width: 1280, height: 720 });
  return { views, narrow, used: await use(page), complaints };
});

// What does not fit the window: the page itself, and single words of a table that have more than one line.
function misfits() {
  const { scrollWidth, clientWidth } = document.documentElement;
  const isCut = (cell) => {
    const range = document.createRange();
    range.selectNodeContents(cell);
    return /^[a-z]+$/.test(cell.textContent) && new Set([...range.getClientRects()].map((line) => line.top)).size > 1;
  };
  const cut = [...document.querySelectorAll("td, th")].filter(isCut).map((cell) => `cut: ${cell.textContent}`);
  return [...(scrollWidth > clientWidth ? [`${scrollWidth} of ${clientWidth} pixels`] : []), ...new Set(cut)];
}

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
  await open(page, index, "#/repositories?org=acme&registry=gone.example");
  used.gone = [await page.getByLabel("Registry").inputValue(), await page.getByRole("status").innerText()];
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
