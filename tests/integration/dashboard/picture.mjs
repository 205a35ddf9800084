// Prints what the page's overview says down to its causes, and photographs that, light and dark, if a folder is given.
// Usage: node picture.mjs FILE-URL-OF-INDEX [FOLDER]
import { browse, open, watched } from "./browser.mjs";

const [index, folder] = process.argv.slice(2);
const NOW = Date.parse("2026-06-15T14:00:00Z");

const text = await browse(async (browser) => {
  const { page } = await watched(browser, { deviceScaleFactor: 1.5, viewport: { width: 1180, height: 900 } });
  await page.addInitScript((now) => (Date.now = () => now), NOW);
  await open(page, index);
  const end = await page.getByRole("heading", { name: "Causes", exact: true }).boundingBox();
  for (const colorScheme of folder ? ["light", "dark"] : []) {
    await page.emulateMedia({ colorScheme });
    const clip = { x: 0, y: 0, width: 1180, height: Math.floor(end.y) - 8 };
    await page.screenshot({ path: `${folder}/dashboard${colorScheme === "dark" ? "-dark" : ""}.png`, fullPage: true, clip });
  }
  return await page.locator("main").innerText();
});
console.log(JSON.stringify(text));
