import { describe, expect, test } from "bun:test";
import { demo } from "../../cities/demo/index.ts";
import { createTraffic, type Traffic } from "./traffic.ts";
import { queueAt } from "./incidents.ts";

const city = demo();
const dry = { slowing: () => () => 1 };
/** What the hours, the roads and incidents do: rain has a test of its own. */
const traffic = createTraffic(city, 1, dry);
const free = city.roads.map((r) => r.free_flow_speed);
const MINUTE = 60_000;
/** Local wall clock of the city in November: UTC+1. */
const at = (date: string, clock: string): number => Date.parse(`${date}T${clock}:00+01:00`);

/** Share of roads that are congested (heavy or worse) in an hour, over several dates. */
function share(dates: readonly string[], hour: number): number {
  let congested = 0;
  let all = 0;
  for (const date of dates) {
    for (let m = 0; m < 60; m += 20) {
      const speeds = traffic.speedsAt(at(date, "00:00") + (hour * 60 + m) * MINUTE);
      for (const [i, v] of speeds.entries()) {
        all++;
        if (v / free[i]! < 0.5) congested++;
      }
    }
  }
  return congested / all;
}

/** Mean share of free flow of some roads. */
function meanRatio(ms: number, some: (district: string) => boolean = () => true): number {
  const speeds = traffic.speedsAt(ms);
  return mean(city.roads.flatMap((r, i) => (some(r.district) ? [speeds[i]! / free[i]!] : [])));
}

const mean = (v: readonly number[]): number => v.reduce((x, y) => x + y, 0) / v.length;
const middle = new Set(["Old Town", "Castle Hill", "Station Quarter", "Riverside"]);
const central = (hour: number): number =>
  mean(working.map((date) => meanRatio(at(date, "00:00") + hour * 60 * MINUTE, (d) => middle.has(d))));
const outer = (hour: number): number =>
  mean(working.map((date) => meanRatio(at(date, "00:00") + hour * 60 * MINUTE, (d) => !middle.has(d))));
const change = (a: Float64Array, b: Float64Array): number =>
  a.reduce((sum, v, i) => sum + Math.abs(v - b[i]!), 0) / a.length;
const ratio = (road: number, ms: number): number => traffic.at(ms).speed(road) / free[road]!;
const idsAt = (ms: number): string[] => traffic.incidentsAt(ms).map((it) => `${it.road} ${it.start_ms}`);

const working = ["2026-11-16", "2026-11-17", "2026-11-18", "2026-11-19", "2026-11-24", "2026-11-25"];
const saturdays = ["2026-11-14", "2026-11-21", "2026-11-28"];
const sundays = ["2026-11-15", "2026-11-22", "2026-11-29"];

describe("a day", () => {
  test("rush hours are the worst, midday is between, nights are free", () => {
    const [am, noon, pm, night] = [
      share(working, 8),
      share(working, 12),
      share(working, 17),
      share(working, 3),
    ];
    for (const rush of [am, pm]) {
      expect(rush).toBeGreaterThan(0.08);
      expect(rush).toBeLessThan(0.15);
    }
    expect(noon).toBeGreaterThan(0.015);
    expect(noon).toBeLessThan(0.05);
    expect(night).toBeLessThan(0.005);
  });

  test("a weekend has no morning peak and a hump after noon; Sundays are the calmest", () => {
    expect(share(saturdays, 8)).toBeLessThan(share(working, 8) / 5);
    expect(share(saturdays, 13)).toBeGreaterThan(share(saturdays, 9));
    expect(share(saturdays, 13)).toBeGreaterThan(share(saturdays, 19));
    expect(share(sundays, 14)).toBeLessThan(share(saturdays, 13));
  });

  test("a holiday is a Sunday", () => {
    // 25 May 2026, Whit Monday, and the Monday after it; UTC+2 then.
    expect(meanRatio(Date.parse("2026-05-25T08:00:00+02:00"))).toBeGreaterThan(0.95);
    expect(meanRatio(Date.parse("2026-06-01T08:00:00+02:00"))).toBeLessThan(0.9);
  });

  test("mornings are worse outside than evenings are, and the other way round in the centre", () => {
    expect(central(8) / outer(8)).toBeGreaterThan(central(17.6) / outer(17.6));
  });
});

describe("speeds", () => {
  test("are never negative, never over 1.15 × free flow, and 0 only where a road is closed", () => {
    for (let k = 0; k < 150; k++) {
      const ms = at("2026-11-14", "00:00") + k * 127 * MINUTE;
      const moment = traffic.at(ms);
      for (const [i, v] of traffic.speedsAt(ms).entries()) {
        expect(v >= 0 && v <= 1.15 * free[i]! && (v > 0 || moment.closed(i))).toBe(true);
      }
    }
  });

  test("belong to seed and time alone: any process at any time computes the same", () => {
    const ms = at("2026-11-18", "08:10");
    const direct = createTraffic(city, 1).speedsAt(ms);
    const walked = createTraffic(city, 1);
    for (let t = ms - 180 * MINUTE; t < ms; t += 7 * MINUTE) walked.speedsAt(t);
    expect(walked.speedsAt(ms)).toEqual(direct);
    expect(createTraffic(city, 2).speedsAt(ms)).not.toEqual(direct);
  });

  test("of neighbours go together; those of roads far apart hardly do", () => {
    const times = Array.from({ length: 60 }, (_, k) => at("2026-11-16", "12:00") + k * 24 * MINUTE);
    const ratios = times.map((ms) => traffic.speedsAt(ms).map((v, i) => v / free[i]!));
    // What all roads do at an hour is taken off: only what is their own is compared.
    const own = ratios.map((row) => {
      const usual = row.reduce((a, b) => a + b, 0) / row.length;
      return row.map((v) => v - usual);
    });
    const index = new Map(city.roads.map((r, i) => [r.road_id, i]));
    const pairs = (other: (i: number) => number): number => {
      let sum = 0;
      for (let i = 0; i < city.roads.length; i += 3)
        sum += correlation(
          own.map((r) => r[i]!),
          own.map((r) => r[other(i)]!),
        );
      return sum / Math.ceil(city.roads.length / 3);
    };
    const neighbours = pairs((i) => index.get(city.roads[i]!.neighbours[0]!)!);
    const strangers = pairs((i) => (i * 7 + 601) % city.roads.length);
    expect(neighbours).toBeGreaterThan(0.4);
    expect(strangers).toBeLessThan(neighbours / 2);
  });

  test("change as little from the last backfilled step to the first live one as from any to the next", () => {
    // History is made by one process, the present by another, with another past behind it.
    const seam = at("2026-11-18", "16:40");
    const history: Traffic = createTraffic(city, 1);
    const steps = Array.from({ length: 24 }, (_, k) => history.speedsAt(seam - (24 - k) * 5 * MINUTE));
    const live = createTraffic(city, 1).speedsAt(seam);
    const usual = steps.slice(1).map((s, k) => change(steps[k]!, s));
    expect(change(steps.at(-1)!, live)).toBeLessThanOrEqual(Math.max(...usual));
    expect(change(steps.at(-1)!, live)).toBeGreaterThan(0);
  });
});

describe("an incident", () => {
  const from = at("2026-11-16", "07:00");
  const seen = new Map<string, ReturnType<Traffic["incidentsAt"]>[number]>();
  for (let k = 0; k < 24 * 60; k += 5) {
    for (const it of traffic.incidentsAt(from + k * MINUTE)) seen.set(`${it.road} ${it.start_ms}`, it);
  }
  const all = [...seen.values()];
  const end = (it: (typeof all)[number], ms: number): number => queueAt(it, ms)?.[1] ?? 0;

  test("happens some times an hour, and never without an end", () => {
    expect(all.length).toBeGreaterThan(20);
    expect(all.length).toBeLessThan(300);
    for (const it of all) {
      expect(it.clear_ms - it.start_ms).toBeLessThanOrEqual(70 * MINUTE);
      expect(queueAt(it, it.start_ms - 1)).toBeNull();
      expect(queueAt(it, it.clear_ms + 60 * MINUTE)).toBeNull();
      // It is known for as long as it lasts, however late one asks.
      let t = it.start_ms;
      while (queueAt(it, t) !== null) {
        expect(idsAt(t)).toContain(`${it.road} ${it.start_ms}`);
        t += 10 * MINUTE;
      }
    }
  });

  test("has a queue that grows over roads that hang together, away from one end of its road", () => {
    const long = all.filter((it) => it.queue.length > 3);
    expect(long.length).toBeGreaterThan(5);
    for (const it of long) {
      expect(it.queue[0]!.road).toBe(it.road);
      const before = new Set([it.road]);
      for (const part of it.queue.slice(1)) {
        expect(
          city.roads[part.road]!.neighbours.some((id) =>
            [...before].some((b) => city.roads[b]!.road_id === id),
          ),
        ).toBe(true);
        before.add(part.road);
      }
      for (let ms = it.start_ms; ms < it.clear_ms; ms += MINUTE)
        expect(end(it, ms + MINUTE)).toBeGreaterThanOrEqual(end(it, ms));
    }
  });

  // Between the peaks nothing else changes much.
  const noon = (it: (typeof all)[number]): boolean =>
    it.start_ms > at("2026-11-16", "09:45") && it.clear_ms < at("2026-11-16", "14:00");

  test("slows its road first, then those behind; after clearance its own road is free first", () => {
    const it = all.find(
      (i) => !i.closed && noon(i) && i.queue.length >= 4 && end(i, i.clear_ms) > i.queue[0]!.to_km + 0.4,
    )!;
    const behind = it.queue.findLast(
      (p) => p.road !== it.road && p.to_km < end(it, it.clear_ms) && p.share > 0.6,
    )!.road;
    const early = it.start_ms + 2 * MINUTE;
    const drop = (road: number, ms: number): number => ratio(road, it.start_ms - MINUTE) - ratio(road, ms);
    expect(drop(it.road, it.clear_ms - MINUTE)).toBeGreaterThan(0.25);
    expect(drop(behind, it.clear_ms - MINUTE)).toBeGreaterThan(0.15);
    expect(drop(behind, early)).toBeLessThan(0.1);
    const [head] = queueAt(it, it.clear_ms + 2 * MINUTE) ?? [Infinity];
    expect(head).toBeGreaterThan(0);
    let gone = it.clear_ms;
    while (queueAt(it, gone) !== null) gone += MINUTE;
    expect(drop(it.road, gone + MINUTE)).toBeLessThan(0.15);
  });
});

function correlation(a: readonly number[], b: readonly number[]): number {
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]! - ma, b[i]! - mb];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return ab / Math.sqrt(aa * bb || 1);
}
