/** The page of streams in a real browser: warnings come and go, and a row opens without scripts. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { unobserved, type Delivery } from "../src/serving/delivery.ts";
import { feedOf, jobOf, runOf } from "../src/observe/facts.fixture.ts";
import { browserPlatform, type BrowserPlatform } from "./browser-platform.ts";
import { chromiumPath, launchBrowser, missing, openTab, until } from "./browser.ts";

let platform: BrowserPlatform;
let browser: Browser;
let delivery: Delivery = { ...unobserved, live_on: "Redis", breaker: "closed" };

beforeAll(async () => {
  if (chromiumPath() === null) throw new Error(missing);
  platform = await browserPlatform({ delivery: () => delivery });
  browser = await launchBrowser();
  await platform.tell(platform.simulated(Date.now()));
  await platform.note();
});
afterAll(async () => {
  await browser.close();
  await platform.close();
});

describe("the page of streams", () => {
  test("shows a warning when it is raised, and takes it away when it ends", async () => {
    const tab = await openTab(browser);
    const { page } = tab;
    await page.goto(`${platform.url}/streams`);
    await page.waitForSelector('#connection[data-state="live"]');
    expect(await page.locator("#streams-sentence").textContent()).toContain(
      "live view from Redis, breaker closed",
    );
    expect(await page.locator(".warnings li").count()).toBe(0);
    delivery = {
      ...delivery,
      breaker: "open",
      warnings: [
        {
          rule: "breaker-open",
          subject: "live",
          level: "warning",
          text: "The breaker is open.",
          since_ms: Date.now(),
        },
      ],
      canary: { sent_at_ms: Date.now(), took_ms: { log: 3, sse: 8, live: null, history: 90 } },
    };
    await platform.note();
    await until(page, `return document.querySelectorAll(".warnings li").length === 1`);
    expect(await page.locator("#streams-sentence").textContent()).toContain("because Redis is away");
    expect(await page.locator(".canary").textContent()).toContain("missed");
    delivery = { ...delivery, breaker: "closed", warnings: [] };
    await platform.note();
    await until(page, `return document.querySelectorAll(".warnings li").length === 0`);
    expect(tab.faults).toEqual([]);
    await tab.close();
  });

  test("shows each feed with its state, what went wrong and what is held back, and changes by itself", async () => {
    delivery = { ...delivery, feeds: [feedOf()] };
    await platform.note();
    const tab = await openTab(browser, { viewport: { width: 390, height: 844 } });
    const { page } = tab;
    await page.goto(`${platform.url}/streams`);
    await page.waitForSelector('#connection[data-state="live"]');
    expect(await page.locator("#f-here .state").textContent()).toContain("ok");
    expect(await page.locator("#f-here").textContent()).toContain("124 of 2,500");
    const suspect = { since_ms: Date.now(), words: "current_speed is 3.6 times as low as before", held: 624 };
    const last_error = {
      kind: "half" as const,
      words: "<b>The answer ended early</b>",
      request: "all",
      at_ms: 0,
    };
    delivery = { ...delivery, feeds: [feedOf({ state: "suspect", suspect, last_error })] };
    await platform.note();
    await until(page, `return document.querySelector("#f-here").dataset.state === "suspect"`);
    const text = await page.locator("#f-here").textContent();
    expect(text).toContain("3.6 times as low as before. 624 values are held back");
    // What an upstream says is text.
    expect(text).toContain("half (all), <b>The answer ended early</b>");
    expect((await page.locator("main").boundingBox())!.width).toBeLessThanOrEqual(390);
    // Nobody polls it here: the server says so, and the page repeats it where it was pressed.
    await page.locator("#f-here button").click();
    await until(
      page,
      `return document.querySelector("#feeds-said").textContent.includes("There is no feed")`,
    );
    await platform.note();
    expect(await page.locator("#feeds-said").textContent()).toContain("Not done");
    tab.faults.splice(0, tab.faults.length, ...tab.faults.filter((fault) => !/404/.test(fault)));
    expect(tab.faults).toEqual([]);
    await tab.close();
  });

  test("shows each job with its state, moves its bar while it runs, and says why one failed", async () => {
    delivery = { ...delivery, jobs: [jobOf()] };
    await platform.note();
    const tab = await openTab(browser, { viewport: { width: 390, height: 844 } });
    const { page } = tab;
    await page.goto(`${platform.url}/streams`);
    await page.waitForSelector('#connection[data-state="live"]');
    expect(await page.locator("#j-nightly .state").textContent()).toContain("done");
    expect(await page.locator("#j-nightly").textContent()).toContain("99 % of 312 runs");
    const progress = { done: 2, total: 8, words: "days" };
    delivery = {
      ...delivery,
      jobs: [jobOf({ open: runOf({ state: "running", started_ms: Date.now(), progress }) })],
    };
    await platform.note();
    await until(page, `return document.querySelector("#j-nightly progress")?.position === 0.25`);
    expect(await page.locator("#j-nightly button").count()).toBe(0);
    delivery = { ...delivery, jobs: [jobOf({ last: runOf({ state: "failed", error: "<b>no room</b>" }) })] };
    await platform.note();
    await until(page, `return document.querySelector("#j-nightly").dataset.state === "failed"`);
    expect(await page.locator("#j-nightly .fault").textContent()).toBe("<b>no room</b>");
    expect((await page.locator("main").boundingBox())!.width).toBeLessThanOrEqual(390);
    // No line is wider than the screen, however far the table is scrolled.
    expect((await page.locator("#j-nightly .about small").boundingBox())!.width).toBeLessThanOrEqual(390);
    // There is no such job here: the server says so, and the page repeats it where it was pressed, also by keyboard.
    await page.locator("#j-nightly button").focus();
    await page.keyboard.press("Enter");
    await until(page, `return document.querySelector("#jobs-said").textContent.includes("There is no job")`);
    await platform.note();
    expect(await page.locator("#jobs-said").textContent()).toContain("Not begun");
    tab.faults.splice(0, tab.faults.length, ...tab.faults.filter((fault) => !/404/.test(fault)));
    expect(tab.faults).toEqual([]);
    await tab.close();
  });

  test("says all of it without scripts, and fits a telephone", async () => {
    const tab = await openTab(browser, { javaScriptEnabled: false, viewport: { width: 390, height: 844 } });
    const { page } = tab;
    await page.goto(`${platform.url}/streams`);
    expect(await page.locator("#streams-sentence").textContent()).toContain("Nothing lost: ");
    expect(await page.locator("#p-traffic tr").count()).toBe(5);
    expect(await page.locator("#p-traffic").isVisible()).toBe(true);
    const box = await page.locator("main").boundingBox();
    expect(box!.width).toBeLessThanOrEqual(390);
    await tab.close();
  });
});
