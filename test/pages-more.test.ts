/** Air, sales and raw rows in a real browser, on real door, log, hub, serving layer and routes. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { days, formatInstant, hours } from "../src/core/time.ts";
import { readings } from "../src/streams/readings.ts";
import { transactions } from "../src/streams/transactions.ts";
import { chromiumPath, inPage, launchBrowser, missing, openTab, until, type Watched } from "./browser.ts";
import { pagesBed, type PagesBed } from "./pages-bed.ts";

const here = chromiumPath() !== null;
if (!here) process.stderr.write(`pages-more.test.ts is skipped. ${missing}\n`);
const AXE = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");

setDefaultTimeout(60_000);

let browser: Browser;
let bed: PagesBed;
let sold = 0;

const reading = (location: string, ago_ms: number, pm2_5: number, level: number, place = 0) => ({
  timestamp: formatInstant(Date.now() - ago_ms),
  location,
  longitude: bed.city.centre[0] + place * 0.02,
  latitude: bed.city.centre[1] + place * 0.01,
  pm2_5,
  current_speed: 50 - level / 2,
  free_flow_speed: 50,
});
const sale = (amount: number, product_category = "Home") => ({
  transaction_id: `sale-${sold++}`,
  product_category,
  amount,
  payment_method: "paypal",
  user_id: "somebody",
  timestamp: formatInstant(Date.now()),
});

beforeAll(async () => {
  if (!here) return;
  [browser, bed] = await Promise.all([launchBrowser(), pagesBed()]);
});
afterAll(async () => {
  await browser?.close();
  await bed?.close();
});

const open = async (path: string, options: Parameters<typeof openTab>[1] = {}): Promise<Watched> => {
  const tab = await openTab(browser, options);
  await tab.page.goto(bed.url + path);
  return tab;
};
const text = (page: Page, selector: string): Promise<string> =>
  inPage(page, `return document.querySelector(${JSON.stringify(selector)}).textContent`);

/** The rules that axe finds broken. */
const broken = (page: Page): Promise<string[]> =>
  page.evaluate<string[]>(
    `${AXE}; axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"] }).then((r) => r.violations.map((v) => v.id + " " + v.nodes.map((n) => n.target.join(" ")).slice(0, 3).join(", ")))`,
  );

describe.if(here)("air, sales and raw rows", () => {
  test("empty, each page says why and what to do, without scripts as well", async () => {
    const tab = await open("/air", { javaScriptEnabled: false, viewport: { width: 390, height: 844 } });
    for (const path of ["/air", "/sales", "/data?stream=vehicles"]) {
      await tab.page.goto(bed.url + path);
      expect(await text(tab.page, ".empty")).not.toBe("");
      expect(await text(tab.page, ".send-one pre")).toContain("/api/ingest/");
      expect(await inPage(tab.page, `return document.querySelector("main").scrollWidth <= 390`)).toBe(true);
    }
    await tab.close();
  });

  test("air: worst first, a location is chosen without leaving the page, and its address shows the same", async () => {
    const history = Array.from({ length: 48 * 3 }, (_, i) =>
      reading("Harbour", hours(i), 8 + (i % 24), (i % 24) * 4, 1),
    );
    await bed.tell(readings, [...history, reading("Old Town", 1_000, 40, 60)]);
    const tab = await open("/air");
    const { page } = tab;
    expect(await text(page, ".sentence")).toBe(
      "Unhealthy for Sensitive Groups at 1 of 2 locations, Good at 1. Worst: Old Town, AQI 112.",
    );
    expect(await text(page, ".advice")).toContain("Members of sensitive groups may experience");
    expect(await text(page, "#location-name")).toBe("Old Town");
    await page.click('.air-card[data-location="Harbour"]');
    await until(page, `return document.querySelector("#location-name").textContent === "Harbour"`);
    expect(page.url()).toEndWith("/air?location=Harbour");
    expect(await text(page, ".usual-day")).toContain("n 144 hours");
    expect(await page.locator('.air-map a[aria-current="true"]').getAttribute("data-location")).toBe(
      "Harbour",
    );
    expect(await inPage(page, `return document.querySelectorAll("#location .shaded").length > 2`)).toBe(true);
    const again = await open("/air?location=Harbour", { javaScriptEnabled: false });
    expect(await text(again.page, "#location-name")).toBe("Harbour");
    expect(tab.faults).toEqual([]);
    await Promise.all([tab.close(), again.close()]);
  });

  test("sales: figures follow the stream, exact to the cent, and the open minute is said to be so far", async () => {
    await bed.tell(transactions, [sale(0.1), sale(0.2, "Beauty"), sale(1_000.05)]);
    const tab = await open("/sales");
    const { page } = tab;
    await page.waitForSelector('#connection[data-state="live"]');
    expect(await text(page, ".figures dd b")).toBe("1,000.35");
    expect(await text(page, "#sales-now")).toMatch(/so far|ended/);
    await bed.tell(transactions, [sale(-0.35)]);
    // What is kept is a second old at most.
    for (let tries = 0; tries < 40; tries++) {
      await bed.note();
      if ((await text(page, ".figures dd b")) === "1,000.00") break;
      await page.waitForTimeout(100);
    }
    expect(await text(page, "#sales-sentence")).toContain("1,000.00 in 4 transactions in the last hour");
    expect(await page.title()).toBe("● 1,000.00 in the last hour · Arterial");
    expect(await page.locator("table.sales tbody tr").count()).toBe(20);
    expect(tab.faults).toEqual([]);
    await tab.close();
  });

  test("sales history: by the hour or day, with gaps, exact in chart, table and file, its span in the address", async () => {
    const sold_at = (ago_ms: number, amount: number, category: string) => ({
      ...sale(amount, category),
      timestamp: formatInstant(Date.now() - ago_ms),
    });
    await bed.tell(transactions, [
      sold_at(hours(3), 0.1, "Fashion"),
      sold_at(hours(3), 0.2, "Fashion"),
      sold_at(hours(3), -0.05, "Electronics"),
      sold_at(days(3), 12.34, "Grocery"),
      sold_at(days(40), 99.99, "Sports"),
    ]);
    const tab = await open("/sales?span=7d", { viewport: { width: 390, height: 844 } });
    const { page } = tab;
    // Other tests sell in the hour that is not over, and other categories.
    expect(await text(page, "#sales-history .found")).toMatch(/of 168 hours; hatched: none was recorded/);
    const sums = (): Promise<string[]> =>
      inPage(
        page,
        `return [...document.querySelectorAll("#sales-history .multiples h3")].map((name) => name.textContent)`,
      );
    expect(await sums()).toEqual(
      expect.arrayContaining(["Electronics −0.05", "Fashion 0.30", "Sports 0.00", "Grocery 12.34"]),
    );
    expect(
      await inPage(page, `return document.querySelectorAll("#sales-history .missing").length`),
    ).toBeGreaterThan(1);
    const totals = await inPage<string[]>(
      page,
      `return [...document.querySelectorAll("#sales-history tbody tr td:nth-child(2)")].map((cell) => cell.textContent)`,
    );
    expect(totals.slice(-2)).toEqual(["0.25", "12.34"]);
    const csv = await page.locator("#sales-history .found a").getAttribute("href");
    const lines = (await (await fetch(bed.url + csv)).text()).trim().split(/\r?\n/);
    expect(lines.filter((line) => !line.startsWith("#"))).toHaveLength(1 + 168 * 6);
    expect(lines.filter((line) => /,(0\.3|-0\.05|12\.34),/.test(line))).toHaveLength(3);
    expect(await inPage(page, `return document.querySelector("main").scrollWidth <= 390`)).toBe(true);
    expect(await broken(page)).toEqual([]);
    await page.click('#sales-history .spans a:text-is("365 days")');
    await page.waitForURL(/span=1y#sales-history/);
    expect(await text(page, '#sales-history .spans a[aria-current="true"]')).toBe("365 days");
    expect(await text(page, "#sales-history .found")).toContain("of 365 days");
    expect(await sums()).toEqual(expect.arrayContaining(["Sports 99.99", "Grocery 12.34"]));
    await page.emulateMedia({ colorScheme: "dark" });
    expect(await broken(page)).toEqual([]);
    expect(tab.faults).toEqual([]);
    await tab.close();
  });

  test("raw rows: newest first, in pages, with the file of exactly the same", async () => {
    const tab = await open("/data?stream=readings&last=7d");
    const { page } = tab;
    expect(await text(page, ".found [role=status]")).toStartWith(
      "Rows 1 to 100, newest first; there are more",
    );
    expect(await text(page, "table.data tbody td")).toBe("Harbour");
    const csv = await page.locator('.found a:text-is("CSV")').getAttribute("href");
    const lines = (await (await fetch(bed.url + csv)).text()).trim().split(/\r?\n/);
    expect(lines).toHaveLength(1 + 145);
    await page.click('a[rel="next"]');
    await until(page, `return document.querySelectorAll("table.data tbody tr").length === 45`);
    expect(await text(page, ".found [role=status]")).toStartWith("Rows 101 to 145, newest first, the last");
    await page.selectOption("select[name=stream]", "transactions");
    await page.waitForURL(/stream=transactions/);
    // Persons leave only as pseudonyms.
    expect(await text(page, "table.data")).not.toContain("somebody");
    expect(await text(page, "table.data thead")).toContain("user_id pseudonym");
    expect(tab.faults).toEqual([]);
    await tab.close();
  });

  test("raw rows refresh only where that was asked for", async () => {
    const tab = await open("/data?stream=transactions&live=1");
    const { page } = tab;
    const before = await page.locator("table.data tbody tr").count();
    await bed.tell(transactions, [sale(5)]);
    await page.uncheck("#follow");
    expect(page.url()).not.toContain("live=1");
    await page.check("#follow");
    await until(page, `return document.querySelectorAll("table.data tbody tr").length === ${before + 1}`);
    expect(page.url()).toContain("live=1");
    await tab.close();
  });

  test("a link that cannot be read shows what there is, and says so", async () => {
    const tab = await open("/data?stream=nothing&from=never&cursor=forged&page=7");
    expect(await text(tab.page, "[role=alert]")).toContain("cannot be found");
    await tab.page.goto(`${bed.url}/air?location=Atlantis`);
    expect(await text(tab.page, "main")).toContain("No location is called Atlantis");
    await tab.close();
  });

  // Colours are told apart by two: axe costs seconds a page.
  for (const [path, colorScheme] of [
    ["/air?location=Harbour", "dark"],
    ["/sales", "light"],
    ["/data?stream=readings&key=Old+Town", "dark"],
  ] as const)
    test(`no rule of WCAG is broken, it fits a telephone and weighs little: ${path}, ${colorScheme}`, async () => {
      const tab = await open(path, {
        viewport: { width: 390, height: 844 },
        bypassCSP: true,
        colorScheme,
      });
      expect(await broken(tab.page)).toEqual([]);
      expect(await inPage(tab.page, `return document.querySelector("main").scrollWidth <= 390`)).toBe(true);
      const { length } = Bun.gzipSync(await (await fetch(bed.url + path)).text());
      expect(length).toBeLessThan(20_000);
      await tab.close();
    });

  test("while history is away the page of sales keeps its figures and says so", async () => {
    const tab = await open("/sales");
    const { page } = tab;
    await page.waitForSelector('#connection[data-state="live"]');
    const figures = await text(page, ".figures");
    await bed.history.close();
    for (let tries = 0; tries < 60; tries++) {
      await bed.note().catch(() => {});
      if ((await text(page, "#sales-as-of")).includes("cannot be read")) break;
      await page.waitForTimeout(100);
    }
    expect(await text(page, "#sales-as-of")).toContain("History cannot be read now");
    expect(await text(page, ".figures")).toBe(figures);
    // Who comes now is told in words, too.
    const answer = await page.goto(`${bed.url}/data?stream=transactions`);
    expect(answer!.status()).toBe(503);
    expect(await text(page, "main")).toContain("History is not available now");
    // The live view does not need it.
    await page.goto(`${bed.url}/air`);
    expect(await text(page, ".sentence")).toContain("Worst: Old Town, AQI 112");
    expect(await text(page, "#location")).toContain("History cannot be read now");
    await tab.close();
  });
});
