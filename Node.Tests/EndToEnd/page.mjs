// What a person does on the dashboard, in Debian's chromium by Playwright: node page.mjs URL FOLDER.
// Prints what was seen as JSON, for PageTests, and leaves screenshots in the folder.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [url, folder] = process.argv.slice(2);
const require = createRequire(`${process.env.LEDGER_BROWSER}/`);
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const browser = await require("playwright-core").chromium.launch(
  { executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, locale: "en-US", colorScheme: "light" });

const seen = { faults: [], strangers: [] };
page.on("console", message => message.type() === "error" && seen.faults.push(message.text()));
page.on("pageerror", error => seen.faults.push(String(error)));
page.on("request", request => request.url().startsWith(url) || seen.strangers.push(request.url()));

const text = selector => page.locator(selector).first().innerText();
const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

// Violations that keep somebody from using the page, as axe-core judges WCAG.
async function barriers() {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => axe.run());
  return violations.filter(v => ["serious", "critical"].includes(v.impact))
    .flatMap(v => v.nodes.map(n => `${v.id}: ${n.target}`));
}

await page.goto(url);
await page.locator("#quality svg").first().waitFor();
await page.locator("#log tr").nth(3).waitFor();
seen.health = await text("#health");
seen.firstPaintMs = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0].startTime);
seen.rounds = +await page.locator("#replay").getAttribute("max");
await page.screenshot({ path: `${folder}/light.png`, fullPage: true });
seen.barriers = await barriers();

const before = await background();
await page.locator("#theme").click();
seen.darkens = before !== await background();
await page.screenshot({ path: `${folder}/dark.png`, fullPage: true });
seen.barriersInTheDark = await barriers();

await page.locator("#language").selectOption("zh");
seen.chinese = await text("#ring-title");
await page.screenshot({ path: `${folder}/chinese.png`, fullPage: true });
await page.locator("#language").selectOption("en");
seen.english = await text("#ring-title");

await page.locator("#replay").fill("1");
seen.replayed = await text("#funnel .body");
await page.locator("#axis").selectOption("time");
seen.byTime = await text("#quality .body");
await page.locator("#axis").selectOption("bytes");
seen.byBytes = await text("#quality .body");
await page.locator("#measure").selectOption("loss");
seen.loss = await text("#quality .body");
seen.judged = await page.locator("#scorers rect").count();
seen.updates = await page.locator("#updates circle").count();
await page.screenshot({ path: `${folder}/loss.png`, fullPage: true });
await page.locator("#payee").selectOption({ index: 1 });
await page.waitForFunction(() => document.querySelector("#rewards .body").textContent.includes("Balance"));

const columns = (await page.locator("#row").getAttribute("placeholder")).split("\n")[0];
await page.locator("#row").fill(`${columns}\n${columns.split(",").map(() => "3").join(",")}`);
await page.locator("#predict button").click();
seen.answer = await text("#try .answer");
// The browser itself notes on the console that an answer was 400: that is what the next click is for.
page.removeAllListeners("console");
await page.locator("#row").fill("nonsense\n1");
await page.locator("#predict button").click();
seen.fault = await text("#try .fault");

await page.setViewportSize({ width: 390, height: 844 });
await page.waitForTimeout(200);
seen.chartWidth = await page.locator("#quality svg").evaluate(svg => svg.viewBox.baseVal.width);
seen.phoneWidth = await page.evaluate(() => document.documentElement.scrollWidth);
await page.screenshot({ path: `${folder}/phone.png`, fullPage: true });

await browser.close();
console.log(JSON.stringify(seen));
