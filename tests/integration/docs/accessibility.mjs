// Visits pages of the site, each on a light desk and on a dark phone, and prints what axe finds as JSON.
// Usage: node accessibility.mjs FILE-URL-OF-PAGE...
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { browse } from "../dashboard/browser.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const found = await browse(async (browser) => {
  const found = {};
  const page = await browser.newPage();
  for (const address of process.argv.slice(2)) {
    for (const [colorScheme, width] of [["light", 1280], ["dark", 360]]) {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme });
      await page.goto(address);
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"], preload: false }));
      found[`${width} ${address}`] = violations.map((each) => `${each.id}: ${each.nodes.map((node) => node.target.join(" ")).slice(0, 3).join("; ")}`);
    }
  }
  return found;
});
console.log(JSON.stringify(found));
