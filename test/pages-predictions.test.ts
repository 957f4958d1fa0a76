/** The map, a road and the page of predictions looking ahead, in a real browser, on real door, log, hub, serving layer and routes. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { ProblemError } from "../src/core/errors.ts";
import { formatInstant, minutes } from "../src/core/time.ts";
import { jobOf, runOf } from "../src/observe/facts.fixture.ts";
import { unobserved } from "../src/serving/delivery.ts";
import type { PredictionAccuracy } from "../src/serving/predictions/answer.ts";
import { predictions } from "../src/streams/predictions.ts";
import { readings } from "../src/streams/readings.ts";
import { traffic } from "../src/streams/traffic.ts";
import {
  chromiumPath,
  inPage,
  launchBrowser,
  mapReady,
  missing,
  openTab,
  SCREENSHOTS,
  until,
} from "./browser.ts";
import { pagesBed, type PagesBed } from "./pages-bed.ts";
import { fakeAirForecast, fakeScores, madeUpAccuracy } from "./predictions-fixture.ts";

const here = chromiumPath() !== null;
if (!here) process.stderr.write(`pages-predictions.test.ts is skipped. ${missing}\n`);
const AXE = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");

setDefaultTimeout(90_000);

let browser: Browser;
let bed: PagesBed;
/** A model that nobody knows any more. */
const GONE = "net-20250101";
/** What the scores answer. */
let judged: Partial<PredictionAccuracy> = {};
let open_run = false;

const train = { ...jobOf().job, name: "train", label: "Training" };
const delivery = () => ({
  ...unobserved,
  jobs: [
    jobOf({
      job: train,
      open: open_run
        ? runOf({ state: "running", progress: { done: 420, total: 1_000, words: "epoch 12, loss 0.31" } })
        : null,
    }),
  ],
});

const road = (i: number) => bed.city.roads[i]!;
const minute = (ms: number): number => Math.floor(ms / minutes(1)) * minutes(1);
const reading = (i: number, ratio: number, ms = Date.now()) => ({
  road_id: road(i).road_id,
  timestamp: formatInstant(ms),
  current_speed: road(i).free_flow_speed * ratio,
  free_flow_speed: road(i).free_flow_speed,
});
/** What is expected as a share of free flow, in 10, 20 and 30 minutes. */
const prediction = (i: number, ratios: readonly [number, number, number], ms = Date.now()) => {
  const free = road(i).free_flow_speed;
  return {
    road_id: road(i).road_id,
    timestamp: formatInstant(minute(ms)),
    current_speed: free,
    prediction_confidence: 0.82,
    model_version: "net-20261115",
    ...Object.fromEntries(
      ([10, 20, 30] as const).flatMap((m, at) => {
        const speed = free * ratios[at]!;
        return [
          [`predicted_speed_${m}min`, speed],
          [`low_50_${m}min`, speed * 0.9],
          [`high_50_${m}min`, speed * 1.1],
          [`low_90_${m}min`, speed * 0.75],
          [`high_90_${m}min`, speed * 1.25],
          [`congestion_probability_${m}min`, ratios[at]! < 0.5 ? 0.62 : 0.04],
        ];
      }),
    ),
  };
};

/** Gets slower; is not predicted; was predicted too long ago. */
const [SLOWER, NEVER, OLD] = [15, 40, 77] as const;
const FREE = [1, 1, 1] as const;

/** Of now: on a busy machine what was told at the start is too old for a later test. */
const tellAhead = () =>
  bed.tell(
    predictions,
    bed.city.roads.flatMap((_, i) =>
      i === NEVER || i === OLD ? [] : [prediction(i, i === SLOWER ? [0.7, 0.4, 0.2] : FREE)],
    ),
  );

beforeAll(async () => {
  if (!here) return;
  mkdirSync(SCREENSHOTS, { recursive: true });
  [browser, bed] = await Promise.all([
    launchBrowser(),
    pagesBed({
      scores: fakeScores((query) => {
        if (query.model_version === GONE)
          throw new ProblemError({ name: "not-found", detail: "There is no such model" });
        return madeUpAccuracy(query, judged);
      }),
      airForecast: fakeAirForecast(Date.now()),
      delivery,
    }),
  ]);
  const all = bed.city.roads.map((_, i) => i);
  const now_ms = Date.now();
  const ends = Array.from({ length: 40 }, (_, i) => now_ms - minutes(40 - i));
  await bed.tell(
    traffic,
    ends.map((ms) => reading(SLOWER, 0.9, ms)),
  );
  await bed.tell(
    predictions,
    ends.slice(0, -5).map((ms) => prediction(SLOWER, FREE, ms)),
  );
  await bed.tell(
    traffic,
    all.map((i) => reading(i, 1)),
  );
  await bed.tell(predictions, [prediction(OLD, FREE, now_ms - minutes(5))]);
  await tellAhead();
  await bed.note();
});
afterAll(async () => {
  await browser?.close();
  await bed?.close();
});

/** Smaller than a screen: software WebGL pays by the pixel. */
const SMALL = { width: 1_000, height: 640 };
const drawn = (page: Page, place: number, l: number, s: boolean) =>
  until(
    page,
    `const state = arterial.map.map.getFeatureState({ source: "network", id: ${place} }); return state.l === ${l} && state.s === ${s}`,
  );
const text = (page: Page, selector: string): Promise<string> => page.locator(selector).first().innerText();
const attribute = (page: Page, selector: string, name: string) => page.locator(selector).getAttribute(name);
const serious = async (page: Page): Promise<string[]> => {
  await page.evaluate(AXE);
  return inPage(
    page,
    `return axe.run().then((r) => r.violations.map((v) => v.id + " " + v.nodes.map((n) => n.target.join(" ") + " " + n.failureSummary).slice(0, 3).join(", ")))`,
  );
};
const fits = (page: Page): Promise<boolean> =>
  inPage(
    page,
    `const main = document.querySelector("main"); return document.documentElement.scrollWidth <= innerWidth && main.scrollWidth <= main.clientWidth`,
  );
const WITHOUT_WEBGL = `const of = HTMLCanvasElement.prototype.getContext; HTMLCanvasElement.prototype.getContext = function (kind, ...more) { return /webgl/.test(kind) ? null : of.call(this, kind, ...more); }`;

describe.if(here)("thirty minutes ahead", () => {
  test("the map looks ahead by keys: levels, dashes where nobody knows, words and address; and follows what is new", async () => {
    const tab = await openTab(browser, { viewport: SMALL, bypassCSP: true });
    const { page } = tab;
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.goto(bed.url);
    await mapReady(page);
    await until(page, `return arterial.ahead() !== null`);
    await bed.tell(traffic, [reading(SLOWER, 1)]);
    await drawn(page, SLOWER, 0, false);
    const about = () => asked.filter((url) => /predictions-state|topics=[^&]*predictions/.test(url));
    expect(about()).toEqual([]);

    await page.keyboard.press("a");
    for (let i = 0; i < 2; i++) await page.keyboard.press("ArrowRight");
    await drawn(page, SLOWER, 2, false);
    await drawn(page, NEVER, 5, true);
    await drawn(page, OLD, 5, true);
    expect(new URL(page.url()).searchParams.get("ahead")).toBe("20");
    expect(about().some((url) => url.includes("topics=traffic,predictions"))).toBe(true);
    expect(await text(page, "#sentence")).toMatch(
      /^In 20 minutes, as predicted at \d\d:\d\d: 1 of 1,245 roads congested, 1 more than now$/,
    );
    expect(await text(page, "#fresh")).toBe("1,245 of 1,247 roads predicted; the others are dashed");
    expect(await text(page, "#count-heavy")).toBe("1");
    expect(await text(page, '#legend [data-level="unknown"]')).toMatch(/^Not known\s+2$/);
    expect(await text(page, "#ahead-said")).toMatch(/^\d\d:\d\d, predicted \d\d:\d\d$/);
    expect(await page.locator("#worst-list a").count()).toBe(1);
    const said = await inPage<string[]>(
      page,
      `return [${SLOWER}, ${NEVER}].map((i) => arterial.ahead().line(i))`,
    );
    expect(said[0]).toMatch(/^in 20 min: \d+ km\/h \(\d+–\d+\), 62 % sure of a jam, from \d\d:\d\d$/);
    expect(said[1]).toContain("no prediction");

    // Neither the past nor a comparison can be chosen meanwhile, and it is said why.
    expect(await attribute(page, "#time-slider", "aria-disabled")).toBe("true");
    expect(await page.locator("#time-back").isDisabled()).toBe(true);
    expect(await text(page, "#time-words")).toContain("choose now");
    await page.locator('#compare a[data-compare="yesterday"]').click({ force: true });
    expect(new URL(page.url()).searchParams.has("compare")).toBe(false);

    // What comes live is drawn; what is measured now changes nothing.
    await until(page, `return document.getElementById("connection").dataset.state === "live"`);
    await bed.tell(traffic, [reading(NEVER, 0.1)]);
    await bed.tell(predictions, [prediction(NEVER, [1, 0.1, 0.1])]);
    await drawn(page, NEVER, 3, false);
    for (const key of ["a", "ArrowRight"]) await page.keyboard.press(key);
    await drawn(page, SLOWER, 3, false);
    expect(await serious(page)).toEqual([]);

    // Now again, and as the server has it by now.
    await bed.tell(traffic, [reading(SLOWER, 1)]);
    await bed.note();
    await page.keyboard.press(".");
    await drawn(page, SLOWER, 0, false);
    expect(new URL(page.url()).searchParams.has("ahead")).toBe(false);
    await until(
      page,
      `return /^1 of 1,247 roads congested/.test(document.getElementById("sentence").innerText)`,
    );
    expect(await attribute(page, "#time-slider", "aria-disabled")).toBe("false");

    // From the past one does not look ahead.
    await page.locator('#compare a[data-compare="yesterday"]').click();
    await until(page, `return !document.getElementById("ahead-why").hidden`);
    await page.locator('#ahead a[data-ahead="10"]').click({ force: true });
    expect(new URL(page.url()).searchParams.has("ahead")).toBe(false);
    expect(tab.faults).toEqual([]);
    await tab.close();
  });

  test("an address brings it back, without WebGL as well, with the panel's three figures", async () => {
    await tellAhead();
    const tab = await openTab(browser, { viewport: { width: 390, height: 844 }, colorScheme: "dark" });
    const { page } = tab;
    await page.addInitScript(WITHOUT_WEBGL);
    await page.goto(`${bed.url}/?ahead=30&road=${road(SLOWER).road_id}`);
    await mapReady(page);
    const strokes = (place: number): string =>
      `return document.querySelector('#map a[data-road="${road(place).road_id}"] path').getAttribute("class")`;
    await until(page, `${strokes(SLOWER)} === "stroke l-severe"`);
    await until(page, `${strokes(OLD)} === "stroke l-unknown stale"`);
    expect(await page.locator(".ahead-figures dd b").allTextContents()).toHaveLength(3);
    expect(await text(page, ".ahead-figures")).toMatch(/jam 62 %/);
    expect(await fits(page)).toBe(true);
    await page.screenshot({ path: join(SCREENSHOTS, "ahead-390-dark.png") });
    expect(tab.faults).toEqual([]);
    await tab.close();
  });

  test("without scripts the choice is links, and the picture is of then", async () => {
    await tellAhead();
    const html = await (await fetch(`${bed.url}/?ahead=20&t=2026-11-21T08:00:00Z`)).text();
    expect(html).toContain('src="/city/now.svg?ahead=20"');
    expect(html).toMatch(/href="\/\?ahead=10"[^>]*aria-label="in 10 minutes"/);
    const svg = await (await fetch(`${bed.url}/city/now.svg?ahead=20`)).text();
    expect(svg).toContain(`${road(SLOWER).road_name}: Heavy, `);
    expect(svg).toContain(`${road(OLD).road_name}: not known`);
    expect(await (await fetch(`${bed.url}/city/now.svg?ahead=25`)).text()).toContain(
      `${road(SLOWER).road_name}: Free`,
    );
  });

  test("a road's page goes on into the next half hour, says how good that was here, and follows", async () => {
    await tellAhead();
    const tab = await openTab(browser, { viewport: { width: 1_440, height: 900 }, bypassCSP: true });
    const { page } = tab;
    await page.goto(`${bed.url}/roads/${road(SLOWER).road_id}`);
    await page.waitForSelector('#connection[data-state="live"]');
    expect(await text(page, ".road-ahead .said")).toMatch(
      /^In 10 minutes about \d+ km\/h, fairly sure: within 15 %/,
    );
    expect(await attribute(page, ".fan svg.plot path.fan-90", "d")).toMatch(/^M.*Z$/);
    expect(await page.locator(".fan .said-10").count()).toBeGreaterThan(2);
    expect(await page.locator(".road-ahead tbody tr").count()).toBe(3);
    expect(await text(page, ".road-ahead .note")).toContain("compared so far: too few to judge by");
    const of = road(SLOWER).free_flow_speed;
    await bed.tell(predictions, [prediction(SLOWER, [0.3, 0.3, 0.3], Date.now() + minutes(1))]);
    await until(
      page,
      `return document.querySelector(".road-ahead .said").textContent.startsWith("In 10 minutes about ${(0.3 * of).toFixed(0)} km/h")`,
    );
    expect(await serious(page)).toEqual([]);
    expect(tab.faults).toEqual([]);
    await tab.close();
    await bed.tell(traffic, [reading(OLD, 1)]);
    const old = await (await fetch(`${bed.url}/roads/${road(OLD).road_id}`)).text();
    expect(old).toContain("No prediction: others have one");
    expect(old).toContain("The last one was made at");
  });

  test("the page of predictions fits and is readable by all, at both widths, light and dark", async () => {
    for (const [width, colorScheme, other] of [
      [1_440, "light", "dark"],
      [390, "dark", "light"],
    ] as const) {
      const tab = await openTab(browser, { viewport: { width, height: 900 }, colorScheme, bypassCSP: true });
      const { page } = tab;
      await page.goto(`${bed.url}/predictions?span=7d`);
      expect(await text(page, "#predictions .sentence")).toContain('better than "it stays as it is"');
      expect(await fits(page)).toBe(true);
      expect(await serious(page)).toEqual([]);
      await page.emulateMedia({ colorScheme: other });
      await page.screenshot({ path: join(SCREENSHOTS, `predictions-${width}-${other}.png`) });
      expect(tab.faults).toEqual([]);
      await tab.close();
    }
  });

  test("the page of predictions narrows without leaving, shows models, what drifts and how a training goes", async () => {
    const tab = await openTab(browser, { viewport: SMALL, allow: /404/ });
    const { page } = tab;
    await page.goto(`${bed.url}/predictions`);
    expect(await page.locator(".accuracy tbody tr").count()).toBe(3);
    expect(await text(page, "#predictions")).toContain(road(SLOWER).road_name);
    await page.locator(".predictions-control a", { hasText: "20 min" }).click();
    await until(page, `return document.querySelectorAll(".accuracy tbody tr").length === 1`);
    expect(new URL(page.url()).search).toBe("?horizon=20");
    await page.locator(".predictions-control select").selectOption("net-20261122");
    await until(page, `return location.search === "?horizon=20&model=net-20261122"`);
    await page.goBack();
    await until(page, `return document.querySelector(".predictions-control select").value === ""`);
    const models = await page.locator(".models tbody tr").allInnerTexts();
    expect(models[1]).toMatch(/net-20261115[^]*champion[^]*1\.85 \/ 2\.30 \/ 2\.75/);
    expect(models[2]).toContain("net-<b>0");
    const links = await page.locator(".how .links a").evaluateAll((all) => all.map((a) => String(a)));
    for (const link of links) expect([link, (await fetch(link)).status]).toEqual([link, 200]);
    await page.getByRole("button", { name: "Train now" }).click();
    await until(page, `return document.getElementById("train-said").textContent.startsWith("Not begun")`);

    open_run = true;
    judged = {
      drift: {
        drifting: true,
        rule: "More than a quarter worse.",
        until: null,
        horizons: [
          {
            horizon_min: 10,
            mae: 3,
            skill: 0.1,
            n: 900,
            before_mae: 2,
            before_skill: 0.2,
            before_n: 9_000,
            ratio: 1.5,
            drifting: true,
          },
        ],
      },
    };
    await page.reload();
    expect(await text(page, ".drift")).toContain("Predictions got worse: 10 min ahead 3.0 km/h off");
    expect(await text(page, ".training .progress")).toContain("42 % epoch 12, loss 0.31");
    judged = { overall: [], by_model: [], models: [], scored_to: null };
    open_run = false;
    await page.reload();
    expect(await text(page, "#predictions .sentence")).toContain(
      "about 15 minutes after the first prediction",
    );
    expect(await text(page, ".models")).toContain("No model is trained yet");
    judged = {};
    expect(tab.faults).toEqual([]);
    await tab.close();
  });

  test("an address that names a model of long ago shows what was shown, and says so; one that no name can hold finds nothing", async () => {
    const html = await (await fetch(`${bed.url}/predictions?span=7d&model=${GONE}`)).text();
    expect(html).toContain(`There is no model &quot;${GONE}&quot;: none of this version is kept`);
    expect(html).toContain("was heard of in the last 7 days");
    expect(html).toContain('data-fragment="/fragments/predictions?span=7d"');
    for (const path of [
      "/predictions?model=%00",
      "/fragments/predictions?model=a%00",
      "/air?location=%00",
      "/roads/%00",
      "/?road=%0a",
    ])
      expect([path, (await fetch(bed.url + path)).status]).toEqual([path, 404]);
  });

  test("a location's air goes on into the next day, beside how good that was", async () => {
    await bed.tell(
      readings,
      [0, 1, 2, 3].map((h) => ({
        location: "Old Town",
        timestamp: formatInstant(Date.now() - minutes(60 * h)),
        pm2_5: 18,
      })),
    );
    const tab = await openTab(browser, { viewport: { width: 390, height: 900 }, bypassCSP: true });
    const { page } = tab;
    await page.goto(`${bed.url}/air?location=Old+Town`);
    expect(await attribute(page, ".air-ahead path.fan-90", "d")).toMatch(/^M.*Z$/);
    expect(await text(page, ".air-ahead .note")).toContain('better than "it stays as it is"');
    expect(await page.locator(".air-ahead tbody tr").count()).toBe(24);
    expect(await fits(page)).toBe(true);
    expect(await serious(page)).toEqual([]);
    expect(tab.faults).toEqual([]);
    await tab.close();
  });

  test("a platform without any says so, and one without scores does not make any up", async () => {
    const empty = await pagesBed();
    try {
      const page = await (await fetch(`${empty.url}/predictions`)).text();
      expect(page).toContain(
        "Nothing is predicted now: no prediction is of the last 3 minutes. After a start the first come within about two.",
      );
      expect(page).toContain("Nobody compares predictions with what came here.");
      expect(page).not.toContain("0.00");
      const [first] = empty.city.roads;
      await empty.tell(traffic, [
        {
          road_id: first!.road_id,
          timestamp: formatInstant(Date.now()),
          current_speed: 30,
          free_flow_speed: 50,
        },
      ]);
      const of_road = await (await fetch(`${empty.url}/fragments/road/${first!.road_id}`)).text();
      expect(of_road).toContain("No prediction: none of any road is of the last 3 minutes");
      const state = await (await fetch(`${empty.url}/fragments/predictions-state`)).json();
      expect(state).toMatchObject({ known_ms: 180_000, points: [] });
    } finally {
      await empty.close();
    }
  });
});
