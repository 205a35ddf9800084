// Searches the site for each text, and prints the addresses of what is found as JSON.
// Usage: node search.mjs FILE-URL-OF-SEARCH-PAGE TEXT...
import { browse } from "../dashboard/browser.mjs";

const [index, ...texts] = process.argv.slice(2);

const found = await browse(async (browser) => {
  const found = {};
  for (const text of texts) {
    const page = await browser.newPage();
    await page.goto(`${index}?q=${encodeURIComponent(text)}`);
    await page.waitForFunction(() => /found|did not match/.test(document.querySelector("#search-results p.search-summary")?.textContent ?? ""));
    found[text] = await page.locator("#search-results li > a").evaluateAll((links) => links.map((link) => link.getAttribute("href")));
    await page.close();
  }
  return found;
});
console.log(JSON.stringify(found));
