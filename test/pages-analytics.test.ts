/** The page of analytics in a real browser, on real door, log, serving layer and routes; paper 000's tabs 2 and 3, paper 004's page 3. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { days, formatInstant, hours, localTime, startOfDay } from "../src/core/time.ts";
import { readings } from "../src/streams/readings.ts";
import { traffic } from "../src/streams/traffic.ts";
import { chromiumPath, inPage, launchBrowser, missing, openTab, until, type Watched } from "./browser.ts";
import { pagesBed, type PagesBed } from "./pages-bed.ts";

const here = chromiumPath() !== null;
if (!here) process.stderr.write(`pages-analytics.test.ts is skipped. ${missing}\n`);
const AXE = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");

setDefaultTimeout(60_000);

const PANELS = [
  "peak-hours",
  "statistics",
  "speed-over-time",
  "speed-by-hour",
  "week",
  "worst-roads",
  "days",
  "moves-with",
  "bottlenecks",
  "episodes",
  "reliability",
  "scan",
];
/** Local hours in which all is slow. */
const SLOW = new Set([7, 8, 17]);

let browser: Browser;
let bed: PagesBed;

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
const names = (page: Page): Promise<string[]> =>
  inPage(page, `return [...document.querySelectorAll(".panel-box")].map((panel) => panel.id)`);
const broken = (page: Page): Promise<string[]> =>
  page.evaluate<string[]>(
    `${AXE}; axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"] }).then((r) => r.violations.map((v) => v.id + " " + v.nodes.map((n) => n.target.join(" ")).slice(0, 3).join(", ")))`,
  );

/** Nine days of a few roads: an event an hour, slow in three hours of the day, the first road slowest. */
async function tellDays(): Promise<void> {
  const { zone, roads } = bed.city;
  const now_ms = Date.now();
  const values = [];
  for (let at_ms = now_ms - days(9); at_ms < now_ms - 1_000; at_ms += hours(1)) {
    const slow = SLOW.has(localTime(at_ms, zone).hour);
    for (const [i, { road_id }] of roads.slice(0, 4).entries())
      values.push({
        road_id,
        current_speed: slow ? 10 + 2 * i : 45 - i,
        free_flow_speed: 50,
        timestamp: formatInstant(at_ms),
      });
  }
  await bed.tell(traffic, values);
  await bed.tell(readings, [
    {
      timestamp: formatInstant(now_ms - hours(1)),
      location: "Harbour",
      longitude: bed.city.centre[0],
      latitude: bed.city.centre[1],
      pm2_5: 8,
      current_speed: 40,
      free_flow_speed: 50,
    },
  ]);
}

describe.if(here)("analytics", () => {
  test("a fresh installation: each panel says why it is empty and what to do, without scripts as well", async () => {
    // Answers are kept for some seconds: another range than the one that is looked at below.
    const tab = await open("/analytics?from=2026-01-01&to=2026-01-08", {
      javaScriptEnabled: false,
      viewport: { width: 390, height: 844 },
    });
    const { page } = tab;
    expect(await names(page)).toEqual(PANELS);
    expect(await text(page, "#analytics-sentence")).toBe("Nothing was measured in this range.");
    for (const name of ["peak-hours", "speed-by-hour", "week", "days"])
      expect(await text(page, `#${name} .empty`)).toContain("28 days");
    expect(await inPage(page, `return document.querySelector("main").scrollWidth <= 390`)).toBe(true);
    await tab.close();
  });

  test("paper 000, tab 2: the city's peak hours and the measured ones are told apart, each weekday has its spans", async () => {
    await tellDays();
    const tab = await open("/analytics", { javaScriptEnabled: false });
    const { page } = tab;
    expect(await text(page, "#peak-hours .says")).toContain("06:00–10:00 and 16:00–20:00 as peak");
    expect(await page.locator("#peak-hours .hour-bars .shaded").count()).toBe(2);
    expect(await text(page, "#peak-hours .weekday-peaks")).toContain("07:00–09:00, 17:00–18:00");
    const peaks = await page.locator("#peak-hours table tbody tr:has(small:text('measured'))").count();
    expect(peaks).toBe(SLOW.size);
    await tab.close();
  });

  test("paper 000, tab 3: live figures and distributions of speed and of air quality", async () => {
    await bed.tell(traffic, [
      {
        road_id: bed.city.roads[0]!.road_id,
        current_speed: 5,
        free_flow_speed: 50,
        timestamp: formatInstant(Date.now()),
      },
    ]);
    const tab = await open("/analytics?last=28d");
    const { page } = tab;
    expect(await text(page, "#live-figures dd b")).toMatch(/^\d+\.\d$/);
    expect(await page.locator("#live-figures dd b").nth(1).textContent()).toBe("1");
    expect(await page.locator("#statistics .histogram .column").count()).toBeGreaterThan(2);
    expect(await text(page, "#statistics .aqi-bars")).toContain("Unhealthy for Sensitive Groups");
    // What is asked for every few seconds is the figures alone.
    const again = await page.locator("#live-figures").getAttribute("hx-get");
    expect(await (await fetch(bed.url + again)).text()).toStartWith('<dl class="figures">');
    expect(tab.faults).toEqual([]);
    await tab.close();
  });

  test("paper 004, page 3: hourly speeds, heat map and worst roads; screen, API and file say the same", async () => {
    const road = bed.city.roads[0]!;
    const path = `/analytics?last=yesterday&roads=${encodeURIComponent(road.road_id)}`;
    const tab = await open(path, { javaScriptEnabled: false });
    const { page } = tab;
    expect(await page.locator("#week .heat rect").count()).toBe(7 * 24);
    expect(await text(page, "#worst-roads tbody th a")).toContain(road.road_name);

    const shown = await inPage<string[][]>(
      page,
      `return [...document.querySelectorAll("#speed-by-hour tbody tr")].map((row) => [...row.cells].map((cell) => cell.textContent.trim()))`,
    );
    const csv = await (
      await fetch(bed.url + (await page.locator("#speed-by-hour a:text-is('CSV')").getAttribute("href")))
    ).text();
    const lines = csv.trim().split("\r\n");
    const recipe = Object.fromEntries(
      lines
        .filter((line) => line.startsWith("# "))
        .map(
          (line) =>
            line
              .slice(2)
              .split(/: (.*)/s)
              .slice(0, 2) as [string, string],
        ),
    );
    const [head = "", ...rows] = lines.filter((line) => !line.startsWith("#"));
    expect(recipe).toMatchObject({ zone: bed.city.zone, roads: road.road_id, weekdays: "all", rows: "24" });
    expect(rows).toHaveLength(24);

    const address = new URL(bed.url + recipe["api"]!);
    for (const name of ["table", "format"]) address.searchParams.delete(name);
    const answer = (await (await fetch(address)).json()) as {
      data: { hourly_avg_speed: { hour: number; speed: number | null; n: number }[] };
    };
    const column = head.split(",").indexOf("speed");
    for (const [i, { hour, speed, n }] of answer.data.hourly_avg_speed.entries()) {
      expect(Number(rows[i]!.split(",")[column])).toBe(speed!);
      expect(shown[i]![0]).toBe(`${String(hour).padStart(2, "0")}:00`);
      expect(shown[i]![1]).toBe(speed!.toFixed(1));
      expect(shown[i]!.at(-1)).toBe(String(n));
      expect(speed).toBe(SLOW.has(hour) ? 10 : 45);
    }
    await tab.close();
  });

  test("another range is shown in place, its address shows the same, and back goes back", async () => {
    const tab = await open("/analytics");
    const { page } = tab;
    await page.click('.ranges a:text-is("yesterday")');
    await until(page, `return document.querySelector('.ranges a[aria-current]').textContent === "yesterday"`);
    expect(page.url()).toEndWith("/analytics?last=yesterday");
    await page.click('#compare a[data-compare="last_week"]');
    await until(
      page,
      `return document.querySelector("#worst-roads thead").textContent.includes("Than the week before")`,
    );
    expect(page.url()).toEndWith("/analytics?last=yesterday&compare=last_week");
    expect(await page.locator("#speed-by-hour path.other").getAttribute("d")).not.toBe("");
    // The form keeps the range by its name while its dates are as they were.
    await page.fill('input[name="roads"]', bed.city.roads[1]!.road_id);
    await page.uncheck('input[value="sun"]');
    await page.click('.control button[type="submit"]');
    await until(page, `return location.search.includes("weekdays=mon,tue,wed,thu,fri,sat")`);
    expect(page.url()).toContain("last=yesterday");
    await page.goBack();
    await until(page, `return document.querySelector('input[name="roads"]').value === ""`);
    expect(tab.faults).toEqual([]);
    await tab.close();
  });

  test("a drag over the speeds chooses their time; typing it does the same", async () => {
    const tab = await open("/analytics?last=yesterday");
    const { page } = tab;
    await page.locator("#speed-over-time svg[data-brush]").scrollIntoViewIfNeeded();
    const box = (await page.locator("#speed-over-time svg[data-brush]").boundingBox())!;
    const x = (share: number): number => box.x + share * box.width;
    await page.mouse.move(x(6.1 / 24), box.y + 60);
    await page.mouse.down();
    await page.mouse.move(x(8.5 / 24), box.y + 70, { steps: 4 });
    await page.mouse.move(x(11.9 / 24), box.y + 70, { steps: 4 });
    await page.mouse.up();
    await until(page, `return location.search.includes("from=")`);
    const { zone } = bed.city;
    const yesterday = startOfDay(startOfDay(Date.now(), zone) - hours(12), zone);
    const at = localTime(yesterday, zone);
    const day = [at.year, at.month, at.day].map((n) => String(n).padStart(2, "0")).join("-");
    expect(new URL(page.url()).search).toBe(`?from=${day}T06:00&to=${day}T12:00`);
    expect(await page.locator("#speed-over-time tbody tr").count()).toBe(6);
    expect(tab.faults).toEqual([]);
    await tab.close();
  });

  test("a chart as a file is a picture of its own, with title, range and zone", async () => {
    const tab = await open("/analytics");
    for (const name of ["peak-hours", "statistics", "speed-over-time", "speed-by-hour", "week"]) {
      const answer = await fetch(`${bed.url}/analytics/charts/${name}.svg?last=yesterday`);
      expect(answer.headers.get("content-type")).toBe("image/svg+xml");
      const svg = await answer.text();
      expect(svg).toContain(bed.city.zone);
      const fault = await inPage<string | null>(
        tab.page,
        `return new DOMParser().parseFromString(${JSON.stringify(svg)}, "image/svg+xml").querySelector("parsererror")?.textContent ?? null`,
      );
      expect(fault).toBeNull();
      // It names everything by itself: no colour, font or pattern of the page is needed.
      expect(svg).toContain('id="hatch"');
      expect(svg).not.toContain("var(--");
    }
    expect((await fetch(`${bed.url}/analytics/charts/days.svg`)).status).toBe(404);
    expect((await fetch(`${bed.url}/analytics/files/nothing.csv`)).status).toBe(404);
    await tab.close();
  });

  test("a link that cannot be read shows what there is, and says so", async () => {
    const tab = await open(
      "/analytics?from=2026-11-20&to=never&weekdays=mon,noday&roads=Atlantis&bbox=1,2&compare=then",
      {
        javaScriptEnabled: false,
      },
    );
    const said = await text(tab.page, "[role=alert]");
    for (const word of [
      "to must be a time",
      "weekdays are some of",
      "No road is called atlantis",
      "An area is west",
      "compare is",
    ])
      expect(said).toContain(word);
    await tab.close();
  });

  for (const [path, colorScheme, width] of [
    ["/analytics?compare=yesterday", "dark", 390],
    ["/analytics?last=today", "light", 1440],
  ] as const)
    test(`no rule of WCAG is broken, it fits and weighs little: ${path}, ${colorScheme}, ${width} px`, async () => {
      const tab = await open(path, { viewport: { width, height: 844 }, bypassCSP: true, colorScheme });
      await inPage(tab.page, `document.querySelector("#week details").open = true`);
      expect(await broken(tab.page)).toEqual([]);
      expect(await inPage(tab.page, `return document.querySelector("main").scrollWidth <= ${width}`)).toBe(
        true,
      );
      const { length } = Bun.gzipSync(await (await fetch(bed.url + path)).text());
      expect(length).toBeLessThan(60_000);
      await tab.close();
    });

  test("while history is away the page says so, and since when", async () => {
    await bed.history.close();
    const tab = await open("/analytics?last=today&weekdays=weekdays", { javaScriptEnabled: false });
    expect(await text(tab.page, "#analytics-sentence")).toBe("History cannot be read now.");
    expect(await text(tab.page, "#week .empty")).toMatch(/History cannot be read since \d\d:\d\d:\d\d/);
    await tab.close();
  });
});
