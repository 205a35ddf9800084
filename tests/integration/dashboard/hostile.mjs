// Visits every view of a page about hostile names, and each repository and cause that they link to.
// Usage: node hostile.mjs FILE-URL-OF-INDEX FRAGMENT...
import { browse, go, open, watched } from "./browser.mjs";

const [index, ...fragments] = process.argv.slice(2);

// Links that lead elsewhere, and elements that only a stranger's text could have made.
const foreign = () => [
  ...[...document.querySelectorAll("a")].map((link) => link.getAttribute("href")).filter((to) => !to.startsWith("#")),
  ...[...document.querySelectorAll("main script, main img, main iframe, main [onerror]")].map((each) => each.outerHTML),
];

// What the page's policy refuses even if a script of the page tried it: each of these throws, or runs nothing.
function tried() {
  const refused = [];
  const attempt = (name, action) => {
    try {
      action();
    } catch (error) {
      refused.push(`${name}: ${error.name}`);
    }
  };
  attempt("innerHTML", () => (document.body.innerHTML = "<p>x</p>"));
  attempt("script.src", () => (document.createElement("script").src = "data/1.js"));
  attempt("policy", () => globalThis.trustedTypes.createPolicy("other", {}));
  document.body.append(Object.assign(document.createElement("a"), { href: "javascript:globalThis.ran = true" }));
  document.body.lastChild.click();
  return { refused, ran: globalThis.ran === true };
}

const seen = await browse(async (browser) => {
  const { page, complaints } = await watched(browser);
  await open(page, index);
  const found = { foreign: [], text: "", complaints };
  const links = new Set(fragments);
  for (const fragment of links) {
    await go(page, fragment);
    found.text += await page.locator("main").innerText();
    found.foreign.push(...(await page.evaluate(foreign)));
    const more = await page.locator("main a").evaluateAll((all) => all.map((each) => each.getAttribute("href")));
    for (const link of more) if (/^#\/(cause|repository)\//.test(link)) links.add(link);
  }
  found.complaints = [...complaints];
  found.refused = await page.evaluate(tried);
  return found;
});
console.log(JSON.stringify(seen));
