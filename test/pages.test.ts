/** The pages in a real browser, on real door, log, hub and routes. Screenshots are kept under .test/screenshots. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { formatInstant } from "../src/core/time.ts";
import { jobOf, runOf } from "../src/observe/facts.fixture.ts";
import { unobserved } from "../src/serving/delivery.ts";
import { browserPlatform, DAY_JAM, type BrowserPlatform, type Reading } from "./browser-platform.ts";
import {
  chromiumPath,
  inPage,
  launchBrowser,
  mapReady,
  missing,
  openTab,
  SCREENSHOTS,
  until,
  type Watched,
} from "./browser.ts";

const here = chromiumPath() !== null;
if (!here) process.stderr.write(`pages.test.ts is skipped. ${missing}\n`);
const AXE = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");

// Software WebGL on a machine that others use as well.
setDefaultTimeout(90_000);

let browser: Browser;
let platform: BrowserPlatform;

beforeAll(async () => {
  if (!here) return;
  mkdirSync(SCREENSHOTS, { recursive: true });
  [browser, platform] = await Promise.all([launchBrowser(), browserPlatform({ delivery: () => delivery })]);
  await platform.tell(calm());
  await platform.note();
});
afterAll(async () => {
  await browser?.close();
  await platform?.close();
});

const progress = { done: 2, total: 8, words: "days" };
const named = (name: string) => ({ ...jobOf().job, name });
const delivery = {
  ...unobserved,
  jobs: [
    jobOf(),
    jobOf({ job: named("running"), open: runOf({ state: "running", progress }) }),
    jobOf({ job: named("failed"), last: runOf({ state: "failed", error: "no room is left" }), done: 300 }),
  ],
};

/** All roads flow, but for those named. */
const calm = (change: Readonly<Record<string, Partial<Reading>>> = {}): Reading[] =>
  platform.city.roads.map(({ road_id, road_name, free_flow_speed }) => ({
    road_id,
    road_name,
    free_flow_speed,
    current_speed: free_flow_speed * 0.95,
    ...change[road_id],
  }));

const id = (i: number): string => platform.city.roads[i]!.road_id;
const name = (i: number): string => platform.city.roads[i]!.road_name;
const [JAM, SLOW, SHUT] = [15, 40, 77] as const;
const jammed = (): Reading[] =>
  calm({
    [id(JAM)]: { current_speed: 8 },
    [id(SLOW)]: { current_speed: platform.city.roads[SLOW]!.free_flow_speed * 0.4 },
    [id(SHUT)]: { current_speed: 0, road_closed: true },
  });

const open = async (path: string, options: Parameters<typeof openTab>[1] = {}): Promise<Watched> => {
  const tab = await openTab(browser, options);
  await tab.page.goto(platform.url + path);
  return tab;
};
/** Smaller than a screen: software WebGL pays by the pixel. */
const SMALL = { width: 1_100, height: 720 };
const openMap = async (path = "/", options: Parameters<typeof openTab>[1] = {}): Promise<Watched> => {
  const tab = await open(path, { viewport: SMALL, ...options });
  await mapReady(tab.page);
  await tab.page.waitForSelector('#connection[data-state="live"]');
  return tab;
};
const shot = (page: Page, called: string) => page.screenshot({ path: join(SCREENSHOTS, `${called}.png`) });

/** What WebGL is told of a road. */
const waitDrawn = (page: Page, place: number, key: string, value: unknown) =>
  until(
    page,
    `return arterial.map.map.getFeatureState({ source: "network", id: ${place} })[${JSON.stringify(key)}] === ${JSON.stringify(value)}`,
  );
/** The middle of a road, in degrees. */
const middleOf = (place: number): readonly [number, number] => {
  const line = platform.city.roads[place]!.geometry;
  return line[line.length >> 1]!;
};
const attributes = (page: Page, selector: string, of: string): Promise<string[]> =>
  inPage(
    page,
    `return [...document.querySelectorAll(${JSON.stringify(selector)})].map((e) => e.getAttribute(${JSON.stringify(of)}))`,
  );

describe.if(here)("the live map", () => {
  test("draws the city, and changes with the stream", async () => {
    await platform.tell(calm());
    await platform.note();
    const tab = await openMap();
    const { page } = tab;
    await waitDrawn(page, JAM, "l", 0);
    expect(await page.locator("#congested").getAttribute("value")).toBe("0");
    await platform.tell(jammed());
    await platform.note();
    await waitDrawn(page, JAM, "l", 3);
    await waitDrawn(page, SLOW, "l", 2);
    await waitDrawn(page, SHUT, "l", 4);
    await until(page, `return document.title === "● 3 congested · Arterial"`);
    expect(await page.locator("#count-severe").textContent()).toBe("1");
    expect(await page.locator("#worst-list a").count()).toBe(3);
    expect(tab.faults).toEqual([]);
    await tab.close();
  });

  test("a click on a road opens its panel; Escape closes it; the address follows", async () => {
    await platform.tell(calm());
    const [lng, lat] = middleOf(SLOW);
    const tab = await openMap(`/?c=${lng},${lat},16`);
    const { page } = tab;
    await until(page, `return arterial.map.map.queryRenderedFeatures({ layers: ["road-calm"] }).length > 0`);
    const box = (await page.locator("#map").boundingBox())!;
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    const panel = page.locator("#panel article[data-road-panel]");
    await panel.waitFor();
    const opened = await panel.getAttribute("data-road-panel");
    expect(new URL(page.url()).searchParams.get("road")).toBe(opened);
    expect(await page.locator("#panel svg.spark path.actual").count()).toBe(1);
    await page.keyboard.press("Escape");
    expect(await page.locator("#panel").isVisible()).toBe(false);
    expect(new URL(page.url()).searchParams.get("road")).toBeNull();
    expect(tab.faults).toEqual([]);
    await tab.close();
  });

  test("the list is the map: it walks by keys, lights the road, opens by Enter within 100 ms, and holds still meanwhile", async () => {
    await platform.tell(jammed());
    await platform.note();
    const tab = await openMap();
    const { page } = tab;
    await until(page, `return document.querySelectorAll("#worst-list a").length === 3`);
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("k");
    const first = page.locator("#worst-list a").first();
    const road_id = await first.getAttribute("data-road");
    expect(await inPage<string>(page, `return document.activeElement.dataset.road`)).toBe(road_id!);
    const place = platform.city.roads.findIndex((r) => r.road_id === road_id);
    await waitDrawn(page, place, "hover", true);

    // A worse road comes: the row under the focus stays first, its figures change.
    const before = await attributes(page, "#worst-list a", "data-road");
    await platform.tell([
      { ...jammed()[100]!, current_speed: 2 },
      { ...jammed()[place]!, current_speed: 7 },
    ]);
    await platform.note();
    if (place !== SHUT)
      await until(page, `return document.querySelector("#worst-list .n").textContent.trim().startsWith("7")`);
    await until(page, `return document.getElementById("congested").value === "4"`);
    expect(await attributes(page, "#worst-list a", "data-road")).toEqual(before);

    const took_ms = await inPage<number>(
      page,
      `return new Promise((done) => {
        const from = performance.now();
        const panel = document.getElementById("panel");
        new MutationObserver(() => requestAnimationFrame(() => done(performance.now() - from))).observe(panel, { childList: true });
        document.activeElement.click();
      })`,
    );
    expect(took_ms).toBeLessThan(100);
    await page.locator(`#panel [data-road-panel="${road_id}"]`).waitFor();
    expect(await page.locator("#panel h2").textContent()).toBe(name(place));
    await page.keyboard.press("Escape");
    await until(page, `return document.activeElement.dataset.road === ${JSON.stringify(road_id)}`);
    // By the key itself, and focus goes into the panel for those who do not see it open.
    await page.keyboard.press("Enter");
    await until(page, `return document.activeElement.id === "panel"`);
    expect(tab.faults).toEqual([]);
    await tab.close();
  });

  test("the legend filters list and map, and the address keeps it", async () => {
    await platform.tell(jammed());
    await platform.note();
    const tab = await openMap();
    const { page } = tab;
    const severe = page.locator('#legend [data-level="severe"]');
    await severe.click();
    expect(await severe.getAttribute("aria-pressed")).toBe("false");
    expect(new URL(page.url()).searchParams.get("hide")).toBe("severe");
    expect(await page.locator('#worst-list [data-level="severe"]').first().isVisible()).toBe(false);
    const opacity = JSON.stringify(
      await inPage(page, `return arterial.map.map.getPaintProperty("road-jam", "line-opacity")`),
    );
    expect(opacity).toContain("3,0,");
    await severe.click();
    expect(new URL(page.url()).searchParams.get("hide")).toBeNull();
    expect(tab.faults).toEqual([]);
    await tab.close();
  });

  test("an address brings the whole state back", async () => {
    const tab = await openMap(`/?c=11.02,48.19,14&road=${id(JAM)}&hide=free,closed&palette=classic`);
    const { page } = tab;
    expect(await page.locator("#panel h2").textContent()).toBe(name(JAM));
    await waitDrawn(page, JAM, "select", true);
    expect(await attributes(page, '#legend [aria-pressed="false"][data-level]', "data-level")).toEqual([
      "free",
      "closed",
    ]);
    expect(await page.locator("html").getAttribute("class")).toContain("palette-classic");
    const view = await inPage<number[]>(
      page,
      `const { map } = arterial.map; return [map.getCenter().lng, map.getCenter().lat, map.getZoom()]`,
    );
    expect(view.map((n) => Math.round(n * 100) / 100)).toEqual([11.02, 48.19, 14]);
    expect(tab.faults).toEqual([]);
    await tab.close();
    const lenient = await openMap("/?c=x,y&road=no-such-road&hide=nothing&palette=ultra");
    expect(await lenient.page.locator("#panel").isVisible()).toBe(false);
    expect(lenient.faults).toEqual([]);
    await lenient.close();
  });

  test("what is old looks old: grey and dashed on the map, and dated in the list", async () => {
    const timestamp = formatInstant(Date.now() - 60_000);
    await platform.tell([
      ...calm(),
      {
        ...calm()[5]!,
        road_id: "old-1",
        road_name: "Old Sensor",
        current_speed: 3,
        free_flow_speed: 50,
        latitude: 48.2,
        longitude: 11.0,
        timestamp,
      },
    ]);
    await platform.note();
    const tab = await openMap();
    const { page } = tab;
    expect(await page.locator("#worst-list #w-old-1.stale").textContent()).toContain("as of");
    // Silence makes a fresh road stale by itself: the page's own clock says so, without a word from the server.
    await waitDrawn(page, 200, "s", false);
    await inPage(page, `for (const road of arterial.model.roads) road.as_of_ms -= 40000`);
    await waitDrawn(page, 200, "s", true);
    await shot(page, "map-stale");
    expect(tab.faults).toEqual([]);
    await tab.close();
  });

  test("the past is shown by keys, told as past, held against the stream, and compared; its address brings it back", async () => {
    await platform.tell(calm());
    await platform.note();
    const tab = await openMap();
    const { page } = tab;
    const asked: string[] = [];
    page.on("request", (request) => request.url().includes("/api/traffic/day") && asked.push(request.url()));
    await until(page, `return document.getElementById("time-slider").ariaValueMax === "287"`);
    const value = () => page.locator("#time-slider").getAttribute("aria-valuetext");
    await page.keyboard.press("t");
    // Two hours and a bit back the road stood.
    for (let i = 0; i < 2; i++) await page.keyboard.press("PageDown");
    for (let i = 0; i < 3; i++) await page.keyboard.press("ArrowLeft");
    await waitDrawn(page, DAY_JAM, "l", 3);
    expect(await value()).toMatch(/^\d\d:\d\d.*, 1 of 1,247 roads congested$/);
    expect(await page.locator("#not-live").innerText()).toContain("not live");
    expect(await page.locator("#sentence").innerText()).toMatch(
      /^1 of 1,247 roads congested at .*, 1 more than is typical/,
    );
    expect(await attributes(page, "#worst-list a", "data-road")).toEqual([id(DAY_JAM)]);

    // What comes live meanwhile is not drawn, and the list stays; scrubbing asks for nothing more.
    const before = asked.length;
    await platform.tell(jammed());
    await platform.note();
    await until(page, `return arterial.model.roads[${SLOW}].level === 2`);
    for (const key of ["ArrowLeft", "ArrowRight"]) await page.keyboard.press(key);
    await waitDrawn(page, SLOW, "l", 0);
    expect(await attributes(page, "#worst-list a", "data-road")).toEqual([id(DAY_JAM)]);
    expect(asked.length).toBe(before);

    await page.locator("#compare a[data-compare=yesterday]").click();
    await waitDrawn(page, DAY_JAM, "d", 0);
    expect(await page.locator("#compare-legend").innerText()).toMatch(/Much slower\s+1\b/);
    expect(await page.locator("#worst-list li").innerText()).toContain("−");
    await until(page, `return /[?&]t=[^&]+Z.*compare=yesterday/.test(location.search)`);
    const again = await openMap(new URL(page.url()).search.replace(/^/, "/"));
    await waitDrawn(again.page, DAY_JAM, "d", 0);
    expect(await again.page.locator("#sentence").innerText()).toBe(
      await page.locator("#sentence").innerText(),
    );
    await again.close();

    // Back to now: the map and the server's list as they are by now.
    await page.keyboard.press(".");
    await page.locator('#compare a[data-compare=""]').click();
    await waitDrawn(page, SLOW, "l", 2);
    // The silent sensor of the test before stays in the list.
    await until(
      page,
      `return [...document.querySelectorAll("#worst-list a")].filter((a) => a.dataset.road !== "old-1").length === 3`,
    );
    expect(new URL(page.url()).search).not.toMatch(/t=|compare=/);
    expect(tab.faults).toEqual([]);
    await tab.close();
  });

  test("a sensor that only events know is a dot, and its panel opens", async () => {
    await platform.tell([
      {
        road_id: "sensor-7",
        road_name: "Sensor 7",
        current_speed: 12,
        free_flow_speed: 90,
        latitude: 48.21,
        longitude: 11.05,
      },
    ]);
    const tab = await openMap("/?c=11.05,48.21,15");
    const { page } = tab;
    await until(page, `return arterial.map.map.queryRenderedFeatures({ layers: ["point"] }).length > 0`);
    const box = (await page.locator("#map").boundingBox())!;
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    await page.locator('#panel [data-road-panel="sensor-7"]').waitFor();
    await shot(page, "map-sensor");
    expect(tab.faults).toEqual([]);
    await tab.close();
  });

  test("a lost connection is told after some seconds, and healed without a reload", async () => {
    const tab = await openMap("/", { allow: /ERR_|Failed to load|Failed to fetch|net::|htmx/ });
    const { page } = tab;
    await platform.kill();
    await page.waitForSelector('#connection:not([data-state="live"])');
    expect(await page.locator("#banner").isVisible()).toBe(false);
    await page.locator("#banner").waitFor({ timeout: 10_000 });
    expect(await page.locator("#banner-text").textContent()).toContain("lost");
    expect(await page.title()).toStartWith("○");
    await shot(page, "map-lost");
    platform.revive();
    await platform.tell(calm({ [id(300)]: { current_speed: 5 } }));
    await platform.note();
    await page.locator("#banner-retry").click();
    await page.waitForSelector('#connection[data-state="live"]', { timeout: 20_000 });
    await waitDrawn(page, 300, "l", 3);
    await page.locator("#banner").waitFor({ state: "hidden", timeout: 10_000 });
    expect(await page.title()).toStartWith("●");
    expect(tab.faults).toEqual([]);
    await tab.close();
  });

  test("without WebGL the city is a picture with links that lives as well", async () => {
    const tab = await openTab(browser);
    const { page } = tab;
    await page.addInitScript("HTMLCanvasElement.prototype.getContext = () => null");
    await page.goto(platform.url);
    await mapReady(page);
    expect(await page.locator("#map svg.city-picture a").count()).toBe(1_247);
    await platform.tell([{ ...calm()[500]!, current_speed: 1 }]);
    await page.locator(`#map a[data-road="${id(500)}"] path.l-severe`).waitFor({ state: "attached" });
    await page.locator(`#map a[data-road="${id(500)}"]`).focus();
    await page.keyboard.press("Enter");
    await page.locator(`#panel [data-road-panel="${id(500)}"]`).waitFor();
    await shot(page, "map-picture");
    expect(tab.faults).toEqual([]);
    await tab.close();
  });
});

describe.if(here)("the other pages", () => {
  test("the table is whole without a script: sorted, filtered, cut into pages, and nothing in it is markup", async () => {
    await platform.tell([
      ...jammed(),
      { road_id: "evil", road_name: "<script>alert(1)</script>", current_speed: 10, free_flow_speed: 50 },
    ]);
    const tab = await open("/roads", { javaScriptEnabled: false });
    const { page } = tab;
    expect(await page.locator("table.roads tbody tr").count()).toBe(100);
    expect(await page.locator("table.roads tbody tr").first().getAttribute("data-level")).toBe("closed");
    await page.locator("thead a", { hasText: "Road" }).click();
    const names = await page.locator("tbody th").allTextContents();
    expect(names).toEqual(names.toSorted(new Intl.Collator("en", { numeric: true }).compare));
    await page.locator('input[name="q"]').fill("<script>");
    await page.locator("form.filter button").click();
    expect(await page.locator("tbody th").allTextContents()).toEqual(["<script>alert(1)</script>"]);
    await page.goto(`${platform.url}/roads?level=congested`);
    expect(await page.locator("tbody tr").count()).toBeGreaterThanOrEqual(4);
    await page.goto(`${platform.url}/roads?page=2&sort=name`);
    expect(await page.locator(".pages [aria-current]").textContent()).toBe("2");
    const map = await page.goto(platform.url);
    expect(await map!.text()).toContain("/city/now.svg");
    await tab.close();
  });

  test("with a script the table filters as one types, and the address follows", async () => {
    const tab = await open("/roads");
    await tab.page.locator('input[name="q"]').fill(name(JAM));
    await until(
      tab.page,
      `return [...document.querySelectorAll("tbody th")].every((th) => th.textContent === ${JSON.stringify(name(JAM))})`,
    );
    expect(new URL(tab.page.url()).searchParams.get("q")).toBe(name(JAM));
    expect(tab.faults).toEqual([]);
    await tab.close();
  });

  test("a road's page shows its day, follows the stream, and a road that is not there is 404 in words", async () => {
    const tab = await open(`/roads/${id(JAM)}`);
    const { page } = tab;
    await page.waitForSelector('#connection[data-state="live"]');
    expect(await page.locator("#day path.actual").getAttribute("d")).toMatch(/^M/);
    expect(await page.locator("#day path.typical").getAttribute("d")).toMatch(/^M/);
    expect(await page.locator("#day tbody tr").count()).toBe(288);
    // What is below comes by itself: seven days on one scale, the week, figures, episodes.
    await page.waitForSelector("#history .day-multiples");
    expect(await page.locator("#history .day-multiples li").count()).toBe(7);
    expect(await page.locator("#history .heat rect").count()).toBe(168);
    expect(await page.locator("#history .heat rect.missing").count()).toBe(1);
    expect(await page.locator("#history .episodes").textContent()).toContain("55 of 60 min observed");
    expect(await page.locator("#history .measures").textContent()).toContain("Planning time index2.00");
    await platform.tell([{ ...calm()[JAM]!, current_speed: 33 }]);
    await until(page, `return document.querySelector('[data-live="speed"]').textContent === "33"`);
    expect(tab.faults).toEqual([]);
    const answer = await page.request.get(`${platform.url}/roads/nowhere`);
    expect(answer.status()).toBe(404);
    expect(await answer.text()).toContain("nowhere");
    await tab.close();
  });

  test("a road's page says why: by a click, which the address keeps, and follows what the road reports", async () => {
    await platform.tell(jammed());
    const tab = await open(`/roads/${id(SLOW)}`);
    const { page } = tab;
    await page.waitForSelector('#connection[data-state="live"]');
    const summary = page.locator("#why summary");
    expect(await summary.textContent()).toBe("Why is it heavy?");
    expect(await page.locator("#why .because").count()).toBe(0);
    await summary.focus();
    await page.keyboard.press("Enter");
    await page.locator("#why .because").waitFor();
    expect(await page.locator("#why .because").textContent()).toMatch(/^Heavy, because traffic moves at /);
    expect(await page.locator("#why .rule code").textContent()).toContain(
      "at least 0.25 and below 0.5 is heavy",
    );
    expect(new URL(page.url()).searchParams.get("why")).toBe("1");
    await platform.tell([{ ...calm()[SLOW]!, current_speed: 3 }]);
    await until(
      page,
      `return document.querySelector("#why summary").textContent === "Why is it severe?" && document.querySelector("#why .because").textContent.startsWith("Severe, because")`,
    );
    await summary.click();
    await until(page, `return location.search === ""`);
    expect(tab.faults).toEqual([]);
    await tab.close();
  });

  test("a road's page says why without scripts, also of a closed road and of one that never reported", async () => {
    await platform.tell(jammed());
    const tab = await open(`/roads/${id(SHUT)}`, { javaScriptEnabled: false });
    const { page } = tab;
    await page.locator("#why summary").click();
    await page.locator("#why a").click();
    expect(new URL(page.url()).searchParams.get("why")).toBe("1");
    expect(await page.locator("#why .because").textContent()).toBe(
      "Closed, because the newest event says that the road is closed.",
    );
    expect(await page.locator("#why .event dt").allTextContents()).toContain("event_id");
    await tab.close();
    const silent = await browserPlatform();
    try {
      const answer = await fetch(`${silent.url}/roads/${id(SLOW)}?why=1`);
      expect(answer.status).toBe(200);
      expect(await answer.text()).toContain("No data, because no event has named this road yet");
      expect((await fetch(`${silent.url}/fragments/road/nowhere/why`)).status).toBe(404);
    } finally {
      await silent.close();
    }
  });

  test("dead letters are replayed by keyboard", async () => {
    const tab = await open("/streams");
    const { page } = tab;
    await page.waitForSelector('#connection[data-state="live"]');
    await page.locator('button[data-replay="2"]').focus();
    await page.keyboard.press("Enter");
    await until(page, `return document.querySelector("#d-2").textContent.includes("replayed")`);
    expect(platform.replayed).toEqual(["2"]);
    expect(await page.locator("#replay-said").textContent()).toContain("1 replayed");
    expect(await page.locator("table.streams").textContent()).toContain("✓");
    expect(tab.faults).toEqual([]);
    await tab.close();
  });

  test("where the server wants a token, the operator is asked for it, told of a wrong one, and asked once", async () => {
    const TOKEN = "a-token-of-50%-length+/=";
    const guarded = await browserPlatform({ admin_token: TOKEN });
    const tab = await openTab(browser, { allow: /status of 401/ });
    const { page } = tab;
    const says = (text: string) =>
      until(
        page,
        `return document.querySelector("#replay-said").textContent.includes(${JSON.stringify(text)})`,
      );
    try {
      await page.goto(`${guarded.url}/streams`);
      await page.waitForSelector('#connection[data-state="live"]');
      const field = page.getByLabel("Operator token");
      expect(await field.isVisible()).toBe(false);
      await page.locator('button[data-replay="2"]').click();
      await says("wants its operator token");
      expect(await inPage(page, `return document.activeElement.name`)).toBe("token");
      expect(await field.getAttribute("type")).toBe("password");
      for (const wrong of ["wrong", "fälsch ✗"]) {
        await page.locator("#replay-said").evaluate((e) => (e.textContent = ""));
        await field.fill(wrong);
        await page.keyboard.press("Enter");
        await says("refused this operator token");
      }
      expect(guarded.replayed).toEqual([]);
      await field.fill(TOKEN);
      await page.keyboard.press("Enter");
      await says("1 replayed");
      expect(guarded.replayed).toEqual(["2"]);
      expect(await field.isVisible()).toBe(false);
      await page.reload();
      await page.waitForSelector('#connection[data-state="live"]');
      await page.locator('button[data-replay="3"]').click();
      await says("1 replayed");
      expect(guarded.replayed).toEqual(["2", "3"]);
      expect(page.url()).toBe(`${guarded.url}/streams`);
      expect(tab.faults).toEqual([]);
    } finally {
      await tab.close();
      await guarded.close();
    }
  });

  const PAGES = ["map", "panel", "roads", "road", "streams", "api", "problem", "missing"] as const;
  const pathOf = (called: (typeof PAGES)[number]): string =>
    ({
      map: "/",
      panel: `/?road=${id(JAM)}`,
      roads: "/roads",
      road: `/roads/${id(JAM)}?why=1&compare=typical`,
      streams: "/streams",
      api: "/docs",
      problem: "/problems/invalid-parameter",
      missing: "/nowhere",
    })[called];
  // axe costs seconds a page, and colours and widths are told apart by two of the four; the other colours are a repaint.
  for (const [width, colorScheme, other] of [
    [1_440, "light", "dark"],
    [390, "dark", "light"],
  ] as const)
    describe(`at ${width} px, ${colorScheme}, then ${other}`, () => {
      // One tab for all of them: what pages share is loaded once.
      let tab: Watched;
      beforeAll(async () => {
        await platform.tell(jammed());
        await platform.note();
        tab = await openTab(browser, {
          viewport: { width, height: width === 390 ? 844 : 900 },
          hasTouch: width === 390,
          bypassCSP: true,
        });
      });
      afterAll(() => tab.close());

      for (const called of PAGES)
        test(`${called} fits and is kept as a picture, and axe finds nothing serious`, async () => {
          const { page } = tab;
          const path = pathOf(called);
          await page.emulateMedia({ colorScheme });
          await page.goto(platform.url + path);
          if (path.startsWith("/?") || path === "/") await mapReady(page);
          if (path === "/docs") await page.waitForSelector("#reference .opblock");
          await shot(page, `${called}-${width}-${colorScheme}`);
          expect(
            await inPage<boolean>(
              page,
              `const main = document.querySelector("main");
              return document.documentElement.scrollWidth <= innerWidth && main.scrollWidth <= main.clientWidth`,
            ),
          ).toBe(true);
          await page.evaluate(AXE);
          const found = await inPage<string[]>(
            page,
            `// How Swagger UI nests its buttons is not ours; its colours are.
            const outside = axe.run({ exclude: ["#reference"] });
            const within = () =>
              document.querySelector("#reference") === null
                ? { violations: [] }
                : axe.run("#reference", { runOnly: ["color-contrast"] });
            return outside.then(async (a) => [...a.violations, ...(await within()).violations]).then((violations) => violations.filter((v) => v.impact === "serious" || v.impact === "critical")
              .map((v) => v.id + ": " + v.nodes.slice(0, 3).map((n) => n.html.slice(0, 120) + " " + n.failureSummary).join(" | ")))`,
          );
          expect(found).toEqual([]);
          // The plain pages have no colours of their own.
          if (["api", "problem", "missing"].includes(called)) return;
          await page.emulateMedia({ colorScheme: other });
          await shot(page, `${called}-${width}-${other}`);
        });
    });

  test("they are light: under 64 KB without the map's library and the city's geometry", async () => {
    const html = await (await fetch(platform.url)).text();
    const seen = new Set<string>();
    const walk = async (url: string): Promise<number> => {
      if (seen.has(url)) return 0;
      seen.add(url);
      const answer = await fetch(platform.url + url);
      expect(answer.status).toBe(200);
      const text = await answer.text();
      const inner = [...text.matchAll(/(?:from|import) "(\.[\w./-]+\.js)"/g)].map(
        (m) => new URL(m[1]!, platform.url + url).pathname,
      );
      let sum = Bun.gzipSync(text, { level: 6 }).length;
      for (const next of inner) sum += await walk(next);
      return sum;
    };
    const first = [...html.matchAll(/(?:src|href)="(\/(?:assets|vendor)\/[^"]+)"/g)].map((m) => m[1]!);
    let sum = await walk("/");
    for (const url of first) sum += await walk(url);
    expect(seen.size).toBeGreaterThan(15);
    expect(sum).toBeLessThan(64 * 1_024);
  });

  test("the first byte of the map comes within 50 ms", async () => {
    const times: number[] = [];
    for (let i = 0; i < 15; i++) {
      const from = performance.now();
      const answer = await fetch(platform.url);
      times.push(performance.now() - from);
      await answer.text();
    }
    expect(times.toSorted((a, b) => a - b)[7]).toBeLessThan(50);
  });
});
