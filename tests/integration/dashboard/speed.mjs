// Times a page: how long until it is shown, and how long a filter takes, each several times; prints JSON in milliseconds.
// Usage: node speed.mjs FILE-URL-OF-INDEX TIMES
import { browse, open, watched } from "./browser.mjs";

const [index, times] = process.argv.slice(2);

// Calls it in the page; the time ends when what it changed is laid out and painted.
const MEASURE = () => {
  globalThis.untilPainted = (change) =>
    new Promise((done) => {
      const before = performance.now();
      change();
      requestAnimationFrame(() => setTimeout(() => done(performance.now() - before)));
    });
};

async function opened(browser) {
  const { page, complaints } = await watched(browser);
  await open(page, index);
  const taken = await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(performance.now())))));
  await page.context().close();
  return { taken, complaints };
}

async function filtered(browser, view, label, values) {
  const { page } = await watched(browser);
  await page.addInitScript(MEASURE);
  await open(page, index, view);
  const taken = [];
  for (let time = 0; time < Number(times); time += 1) {
    for (const value of values) {
      taken.push(
        await page.getByLabel(label).evaluate(
          (element, wanted) =>
            globalThis.untilPainted(() => {
              element.value = wanted;
              element.dispatchEvent(new Event(element.tagName === "SELECT" ? "change" : "input"));
            }),
          value,
        ),
      );
    }
  }
  await page.context().close();
  return taken;
}

const result = await browse(async (browser) => {
  const openings = [];
  const complaints = [];
  for (let time = 0; time < Number(times); time += 1) {
    const { taken, complaints: said } = await opened(browser);
    openings.push(taken);
    complaints.push(...said);
  }
  return {
    openings,
    complaints,
    lists: await filtered(browser, "#/repositories", "Text", ["a", "ap", "api billing", ""]),
    statuses: await filtered(browser, "#/repositories", "Status", ["healthy", "unhealthy", ""]),
    maps: await filtered(browser, "#/repositories?show=map", "Text", ["a", "ap", "api billing", ""]),
  };
});
console.log(JSON.stringify(result));
