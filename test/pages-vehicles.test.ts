/** Vehicles, emergencies and the layers of the map in a real browser, on real door, log, hub, serving layer and routes. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { limits } from "../src/core/limits.ts";
import { formatInstant, minutes, seconds } from "../src/core/time.ts";
import { emergencies } from "../src/streams/emergencies.ts";
import { streams as all } from "../src/streams/index.ts";
import { readings } from "../src/streams/readings.ts";
import { vehicles } from "../src/streams/vehicles.ts";
import {
  chromiumPath,
  inPage,
  launchBrowser,
  mapReady,
  missing,
  openTab,
  until,
  type Watched,
} from "./browser.ts";
import { pagesBed, type PagesBed } from "./pages-bed.ts";

const here = chromiumPath() !== null;
if (!here) process.stderr.write(`pages-vehicles.test.ts is skipped. ${missing}\n`);
const AXE = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");

setDefaultTimeout(90_000);

let browser: Browser;
let bed: PagesBed;

/** So many steps of about 100 m to the east and north of the city's middle. */
const vehicle = (vehicle_id: string, ago_ms: number, east: number, north = 0, more = {}) => ({
  vehicle_id,
  timestamp: formatInstant(Date.now() - ago_ms),
  longitude: bed.city.centre[0] + east * 0.00134,
  latitude: bed.city.centre[1] + north * 0.0009,
  heading: 90,
  speed: 36,
  vehicle_type: "bus",
  ...more,
});
const call = (emergency_id: string, severity: string, status: string, opened_ago_ms: number) => ({
  emergency_id,
  timestamp: formatInstant(Date.now()),
  opened_at: formatInstant(Date.now() - opened_ago_ms),
  status,
  severity,
  emergency_type: `kind of ${emergency_id}`,
  longitude: bed.city.centre[0] + 0.01,
  latitude: bed.city.centre[1] + 0.01,
});

beforeAll(async () => {
  if (!here) return;
  [browser, bed] = await Promise.all([launchBrowser(), pagesBed()]);
});
afterAll(async () => {
  await browser?.close();
  await bed?.close();
});

/** Smaller than a screen: software WebGL pays by the pixel. */
const SMALL = { width: 1_000, height: 640 };
const open = async (path: string, options: Parameters<typeof openTab>[1] = {}): Promise<Watched> => {
  const tab = await openTab(browser, { viewport: SMALL, ...options });
  await tab.page.goto(bed.url + path);
  await mapReady(tab.page);
  await tab.page.waitForSelector('#connection[data-state="live"]');
  return tab;
};
const texts = (page: Page, selector: string): Promise<string[]> =>
  inPage(
    page,
    `return [...document.querySelectorAll(${JSON.stringify(selector)})].map((e) => e.textContent)`,
  );
const points = (layer: string): string => `arterial.layers.models.get("${layer}").points`;
const broken = async (page: Page): Promise<string[]> => {
  await page.evaluate(AXE);
  return inPage(
    page,
    `return axe.run().then((r) => r.violations.map((v) => v.id + " " + v.nodes.map((n) => n.target.join(" ")).slice(0, 3).join(", ")))`,
  );
};

describe.if(here)("vehicles and emergencies", () => {
  test("a city without vehicles says how to send one; without scripts there is a list and a picture", async () => {
    const empty = await (await fetch(`${bed.url}/vehicles`)).text();
    expect(empty).toContain("No vehicle has reported in the last 10 min; no emergency is open.");
    expect(empty).toContain("/api/ingest/vehicles");
    expect(empty).toContain("bus-12");
    await bed.tell(vehicles, [vehicle("<b>7", 1_000, 2), vehicle("bus-1", minutes(5), 1)]);
    await bed.tell(emergencies, [call("c1", "high", "en_route", 60_000)]);
    const page = await (await fetch(`${bed.url}/vehicles?vehicle=gone&emergency=gone&type=x&c=1`)).text();
    expect(page).toContain("2 vehicles reported in the last 10 min; 1 emergency is open.");
    expect(page).toContain("None of the chosen types has reported");
    expect(await (await fetch(`${bed.url}/vehicles`)).text()).toContain("&lt;b&gt;7</span>");
    const picture = await (await fetch(`${bed.url}/city/vehicles.svg`)).text();
    expect(picture).toContain("<title>&lt;b>7, bus</title>");
    expect(picture).toContain("kind of c1, high");
    expect((await fetch(`${bed.url}/fragments/vehicle/gone`)).status).toBe(404);
    expect((await fetch(`${bed.url}/fragments/point/nothing/gone`)).status).toBe(404);
    await bed.tell(readings, [
      { location: "a_b", timestamp: formatInstant(Date.now()), pm2_5: 20, longitude: 11, latitude: 48 },
    ]);
    const point = await (await fetch(`${bed.url}/fragments/point/air/a_b`)).text();
    expect(point).toContain("<h2>a_b</h2>");
    expect(point).toMatch(/<dt>PM2\.5<\/dt><dd>20 <i>µg\/m³<\/i>/);
  });

  test("a vehicle is followed: its trail is broken at a jump, its figures move, and its address brings it back", async () => {
    const way = Array.from({ length: 10 }, (_, i) => vehicle("bus-1", seconds(100 - 10 * i), i));
    // 20 km away within ten seconds: a receiver that lost its fix.
    await bed.tell(vehicles, [...way, vehicle("bus-1", 1_000, 9, 200)]);
    const tab = await open("/vehicles?type=bus");
    const { page } = tab;
    await until(page, `return ${points("vehicles")}.has("bus-1")`);
    await page.locator('#vehicles a[data-vehicle="bus-1"]').click();
    await until(page, `return arterial.trail.steps.length > 10`);
    expect(
      await inPage<number[]>(page, `return arterial.trail.steps.flatMap(({ gap }, i) => gap ? [i] : [])`),
    ).toEqual([0, 1, 11]);
    expect(new URL(page.url()).searchParams.get("vehicle")).toBe("bus-1");
    expect((await texts(page, "#panel .track small"))[0]).toContain("1 jump left out");
    expect(await page.locator("#panel .speed-chart path.actual").getAttribute("d")).toMatch(/^M.*M/);
    await bed.tell(vehicles, [vehicle("bus-1", 0, 10, 200, { speed: 51, heading: 0 })]);
    await until(page, `return document.querySelector('[data-now="speed"]').textContent === "51"`);
    await until(page, `return arterial.trail.steps.at(-1).gap === false`);
    expect((await texts(page, '[data-now="compass"]'))[0]).toBe("N");
    await page.keyboard.press("Escape");
    expect(await page.locator("#panel").isVisible()).toBe(false);
    expect(new URL(page.url()).search).toStartWith("?type=bus");
    expect(tab.faults).toEqual([]);
    await tab.close();

    const again = await open("/vehicles?vehicle=bus-1");
    expect(await texts(again.page, "#panel h2")).toEqual(["bus-1"]);
    expect(await inPage<boolean>(again.page, `return arterial.trail.steps.length > 10`)).toBe(true);
    expect(await broken(again.page)).toEqual([]);
    await again.close();
  });

  test("emergencies: the worst first, moved by the stream at once, a new critical one said once, a closed one struck through", async () => {
    await bed.tell(emergencies, [
      call("low", "low", "dispatched", minutes(50)),
      call("old", "critical", "on_scene", minutes(9)),
      call("c1", "high", "en_route", 60_000),
    ]);
    const tab = await open("/vehicles", {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      colorScheme: "dark",
    });
    const { page } = tab;
    const order = (): Promise<string[]> =>
      inPage(page, `return [...document.querySelectorAll("#calls li")].map((li) => li.dataset.emergency)`);
    await until(page, `return ${points("emergencies")}.size === 3`);
    expect(await order()).toEqual(["old", "c1", "low"]);
    expect(await texts(page, "#alarm")).toEqual([""]);
    await inPage(
      page,
      `window.said = []; new MutationObserver(() => said.push(alarm.textContent)).observe(alarm, { childList: true })`,
    );
    await bed.tell(emergencies, [
      call("new", "critical", "dispatched", 1_000),
      { ...call("old", "critical", "closed", minutes(9)), timestamp: formatInstant(Date.now() + 1) },
    ]);
    await until(page, `return document.querySelectorAll("#calls li").length === 4`);
    await until(page, `return document.querySelector("#calls li").dataset.emergency === "new"`);
    expect(await order()).toEqual(["new", "c1", "low", "old"]);
    expect(
      await inPage<string>(
        page,
        `return getComputedStyle(document.querySelector('[data-emergency="old"] .type')).textDecorationLine`,
      ),
    ).toBe("line-through");
    await bed.tell(emergencies, [
      { ...call("new", "critical", "en_route", 1_000), timestamp: formatInstant(Date.now() + 2) },
    ]);
    await until(
      page,
      `return document.querySelector('[data-emergency="new"] .status').textContent === "en route"`,
    );
    expect(await inPage<string[]>(page, `return said`)).toEqual(["Critical emergency: kind of new."]);
    expect(await page.title()).toStartWith("▲ 1 critical");
    await page.locator('[data-emergency="new"] button').click();
    expect(new URL(page.url()).searchParams.get("emergency")).toBe("new");
    expect(await inPage<boolean>(page, `return document.documentElement.scrollWidth <= innerWidth`)).toBe(
      true,
    );
    expect(await broken(page)).toEqual([]);
    expect(tab.faults).toEqual([]);
    await tab.close();
  });
});

describe.if(here)("the lists beside the map", () => {
  test("what is off the map is followed all the same, and a panel is asked for anew whatever its key holds", async () => {
    const odd = '1/"<b>?#:%2F';
    await bed.tell(vehicles, [vehicle(odd, 0, 3, 0, { speed: 20 })]);
    const tab = await open(`/vehicles?vehicle=${encodeURIComponent(odd)}`);
    const { page } = tab;
    expect(await texts(page, "#panel h2")).toEqual([odd]);
    await until(page, `return ${points("vehicles")}.size > 0`);
    for (const layer of ["vehicles", "emergencies"]) await page.locator(`[data-layer="${layer}"]`).click();
    expect(new URL(page.url()).searchParams.get("layers")).toBe("none");
    await bed.tell(vehicles, [vehicle(odd, -1, 3, 0, { speed: 33 })]);
    await until(page, `return document.querySelector('[data-now="speed"]').textContent === "33"`);
    expect(await page.locator("#connection").getAttribute("data-state")).toBe("live");
    // Once a minute, and here at once: its address is the one that it came by.
    await page.clock.install();
    const asked = page.waitForResponse((answer) => answer.url().includes("/fragments/vehicle/"));
    await page.reload();
    await page.clock.fastForward(61_000);
    expect((await asked).status()).toBe(200);
    expect(tab.faults).toEqual([]);
    await tab.close();
  });

  test("more vehicles than one answer of the API holds are counted and drawn, all of them", async () => {
    const many = limits.list_rows_max + 7;
    const other = await pagesBed({ streams: [vehicles] });
    try {
      await other.tell(
        vehicles,
        Array.from({ length: many }, (_, i) => vehicle(`many-${i}`, 0, i % 100)),
      );
      const text = many.toLocaleString("en-US");
      expect(await (await fetch(`${other.url}/vehicles`)).text()).toContain(`${text} vehicles reported`);
      const state: { vehicles: { rows: unknown[] } } = JSON.parse(
        await (await fetch(`${other.url}/fragments/layer-state?layers=vehicles`)).text(),
      );
      expect(state.vehicles.rows).toHaveLength(many);
    } finally {
      await other.close();
    }
  });

  test("a platform without one of the streams, or without both, follows what it has", async () => {
    for (const [without, topics] of [
      [["vehicles"], "emergencies"],
      [["vehicles", "emergencies"], null],
    ] as const) {
      const other = await pagesBed({
        streams: all.filter(({ name }) => !without.some((one) => one === name)),
      });
      try {
        const tab = await openTab(browser, { viewport: SMALL });
        const { page } = tab;
        await page.goto(`${other.url}/vehicles?vehicle=gone`);
        await mapReady(page);
        await page.waitForSelector('#connection[data-state="live"]');
        const address = await inPage<string>(
          page,
          `return document.getElementById("bus").getAttribute("hx-sse:connect")`,
        );
        expect(new URL(address, other.url).searchParams.get("topics")).toBe(topics);
        expect(await page.locator("#no-vehicles pre").count()).toBe(0);
        expect((await fetch(`${other.url}/fragments/vehicle/gone`)).status).toBe(404);
        expect(tab.faults).toEqual([]);
        await tab.close();
      } finally {
        await other.close();
      }
    }
  });
});

describe.if(here)("layers of the map", () => {
  test("are toggled by keyboard, kept in the address and for the next map, and followed only while they are on", async () => {
    const location = {
      location: "Harbour",
      longitude: bed.city.centre[0] + 0.05,
      latitude: bed.city.centre[1],
    };
    await bed.tell(readings, [{ ...location, timestamp: formatInstant(Date.now()), pm2_5: 20 }]);
    await bed.tell(vehicles, [vehicle("bus-8", 1_000, 20, 20)]);
    const tab = await open("/");
    const { page } = tab;
    const pressed = (): Promise<string[]> =>
      inPage(
        page,
        `return [...document.querySelectorAll('#layers [aria-pressed="true"]')].map((b) => b.dataset.layer)`,
      );
    const topics = (): Promise<string> =>
      inPage(
        page,
        `return new URL(document.getElementById("bus").getAttribute("hx-sse:connect"), location).searchParams.get("topics")`,
      );
    expect(await pressed()).toEqual(["roads", "emergencies"]);
    expect(await topics()).toBe("traffic,emergencies");
    const there = Number((await texts(page, "#layer-n-vehicles"))[0]);
    expect(there).toBeGreaterThan(0);
    await page.keyboard.press("l");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    expect(await pressed()).toEqual(["roads", "vehicles", "emergencies"]);
    await until(page, `return ${points("vehicles")}.size === ${there}`);
    expect(await topics()).toBe("traffic,vehicles,emergencies");
    expect(new URL(page.url()).searchParams.get("layers")).toBe("roads,vehicles,emergencies");
    await bed.tell(vehicles, [vehicle("tram-3", 0, 0, 0, { vehicle_type: "tram" })]);
    await until(page, `return ${points("vehicles")}.has("tram-3")`);

    await page.locator('[data-layer="air"]').click();
    await until(page, `return ${points("air")}.has("Harbour")`);
    // So near that the vehicles of the tests before are no longer one circle with it.
    await inPage(
      page,
      `arterial.map.map.jumpTo({ center: [${bed.city.centre.join(",")}], zoom: 17 }); return true`,
    );
    // Under the pointer: what lies over the road is what is meant. The map moves while what is beside it comes.
    const there_now = async (): Promise<[number, number]> => {
      const box = (await page.locator("#map").boundingBox())!;
      const [x, y] = await inPage<[number, number]>(
        page,
        `const { x, y } = arterial.map.map.project([${bed.city.centre.join(",")}]); return [x, y]`,
      );
      return [box.x + x, box.y + y];
    };
    const tip = (): Promise<string> =>
      inPage(page, `return document.getElementById("tip").textContent ?? ""`);
    const deadline_ms = performance.now() + 20_000;
    while (!(await tip()).startsWith("tram-3")) {
      if (performance.now() > deadline_ms) throw new Error(`The tip says "${await tip()}"`);
      const [x, y] = await there_now();
      await page.mouse.move(x + 40, y + 40);
      await page.mouse.move(x, y);
    }
    await page.mouse.click(...(await there_now()));
    await page.locator('[data-point-panel="vehicles:tram-3"]').waitFor();
    expect(new URL(page.url()).searchParams.get("at")).toBe("vehicles:tram-3");
    await page.locator('[data-layer="vehicles"]').click();
    expect(await page.locator("#panel").isVisible()).toBe(false);
    expect(await topics()).toBe("traffic,readings,emergencies");
    expect(await inPage<number>(page, `return ${points("vehicles")}.size`)).toBe(0);
    await page.locator('[data-layer="roads"]').click();
    expect(
      await inPage<string>(page, `return arterial.map.map.getLayoutProperty("road-calm", "visibility")`),
    ).toBe("none");
    const cookies = await page.context().cookies();
    expect(cookies.find(({ name }) => name === "layers")?.value).toBe("emergencies,air");
    expect(tab.faults).toEqual([]);
    // The next map comes with the same layers; without WebGL they lie on the picture.
    await page.addInitScript(
      `const of = HTMLCanvasElement.prototype.getContext; HTMLCanvasElement.prototype.getContext = function (kind, ...more) { return /webgl/.test(kind) ? null : of.call(this, kind, ...more); }`,
    );
    await page.goto(bed.url);
    await mapReady(page);
    expect(await pressed()).toEqual(["emergencies", "air"]);
    expect(await page.locator("#map svg.city-picture").count()).toBe(1);
    await until(page, `return ${points("air")}.has("Harbour")`);
    const found = await inPage<boolean>(
      page,
      `const { host, placer } = arterial.map.ground;
      const at = placer();
      const point = ${points("air")}.get("Harbour");
      return arterial.layers.above(at.x(point), at.y(point), false) && host.querySelector("canvas.overlay") !== null`,
    );
    expect(found).toBe(true);
    await tab.close();
  });
});
