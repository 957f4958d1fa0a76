/** Areas of any number of roads, and addresses that files of the page name as theirs: each answers the same rows. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { OpenAPIHono } from "@hono/zod-openapi";
import { analyticsBed, STREAMS, type AnalyticsBed } from "../test/analytics-bed.ts";
import { fixture } from "../test/api-fixture.ts";
import { pagesBed } from "../test/pages-bed.ts";
import { formatInstant, minutes } from "../src/core/time.ts";
import { traffic } from "../src/streams/traffic.ts";
import { analytics } from "./pages/analytics.tsx";

/** Saturday. */
const NOW_MS = Date.parse("2026-11-21T10:20:00+01:00");
const ROADS = Array.from({ length: 700 }, (_, i) => `r${String(i).padStart(3, "0")}`);
let bed: AnalyticsBed;
let app: OpenAPIHono;

beforeAll(async () => {
  bed = await analyticsBed(ROADS, NOW_MS);
  const jam = (road_id: string, from_ms: number, speeds: readonly number[]) =>
    speeds.map((current_speed, i) => ({
      timestamp: new Date(from_ms + i * minutes(5)).toISOString(),
      road_id,
      current_speed,
      free_flow_speed: 50,
    }));
  await bed.store(traffic, [
    // Each road once; two of them jam, one on Friday and one today.
    ...ROADS.flatMap((road_id, i) => jam(road_id, NOW_MS - minutes(100), [30 + (i % 7)])),
    ...jam("r001", Date.parse("2026-11-20T08:00:00+01:00"), [10, 12, 50]),
    ...jam("r002", NOW_MS - minutes(60), [20, 20, 20, 48]),
  ]);
  await bed.refresh();
  const { serving, city, clock } = bed;
  ({ app } = await fixture({ serving, city, clock, streams: STREAMS }));
});
afterAll(() => bed.end());

const json = async <T>(path: string): Promise<T> => {
  const answer = await app.request(path);
  expect([path, answer.status]).toEqual([path, 200]);
  return (await answer.json()) as T;
};
interface Summary {
  data: {
    asked: Record<"n" | "windows_n" | "roads_seen" | "windows_expected" | "mean_speed" | "min_speed", number>;
  };
}
const summary = async (asked: string): Promise<Summary["data"]["asked"]> =>
  (await json<Summary>(`/api/analytics/traffic-summary?${asked}`)).data.asked;

describe("an area", () => {
  test("with all roads is the city; with more than 500 of them it has these and no other", async () => {
    const city = await summary("");
    expect(city).toMatchObject({ n: 707, roads_seen: 700 });
    expect(await summary("bbox=-180,-90,180,90")).toEqual(city);
    const places = bed.city.roads.map(({ geometry }) => geometry[0]!);
    const east = Math.max(...places.slice(0, 650).map(([lon]) => lon));
    const inside = (await json<{ data: unknown[] }>(`/api/roads?bbox=-180,-90,${east},90`)).data.length;
    expect(inside).toBeGreaterThan(500);
    expect(inside).toBeLessThan(700);
    const part = await summary(`bbox=-180,-90,${east},90`);
    expect(part.roads_seen).toBe(inside);
    expect(part.windows_expected * 700).toBe(city.windows_expected * inside);
    // The same as its roads by themselves, some at a time.
    const { data: roads } = await json<{ data: { road_id: string }[] }>(
      `/api/roads?bbox=-180,-90,${east},90`,
    );
    const parts = await Promise.all(
      [roads.slice(0, 240), roads.slice(240, 480), roads.slice(480)].map((some) =>
        summary(`roads=${some.map(({ road_id }) => road_id).join(",")}`),
      ),
    );
    const sum = (of: (one: typeof part) => number): number => parts.reduce((all, one) => all + of(one), 0);
    for (const of of [(one: typeof part) => one.n, (one: typeof part) => one.windows_n])
      expect(of(part)).toBe(sum(of));
    expect(part.mean_speed * part.n).toBeCloseTo(
      sum((one) => one.mean_speed * one.n),
      0,
    );
    expect(part.min_speed).toBe(Math.min(...parts.map((one) => one.min_speed)));
    expect(await summary("bbox=179,89,180,90")).toMatchObject({ n: 0, roads_seen: 0 });
  });
});

describe("a file of the page names an address of the API", () => {
  const page = () => {
    const { serving, city, clock } = bed;
    const none = (): never => {
      throw new Error("Files have no frame");
    };
    return analytics.routes({
      serving,
      city,
      clock,
      traffic,
      streams: STREAMS,
      frame: none,
      stream: none,
      neighboursOf: none,
    });
  };
  const rowsOf = (csv: string): Record<string, string>[] => {
    const lines = csv.trim().split("\r\n");
    const [head = "", ...rows] = lines.filter((line) => !line.startsWith("#"));
    const columns = head.split(",");
    return rows.map((row) => Object.fromEntries(row.split(",").map((value, i) => [columns[i]!, value])));
  };

  for (const asked of [
    "",
    "?weekdays=mon,fri&holidays=exclude&compare=last_week",
    "?roads=r001,r002",
    "?bbox=-180,-90,180,90",
  ])
    for (const name of ["bottlenecks", "episodes", "reliability"])
      test(`${name}${asked}: it answers 200, and the file's rows`, async () => {
        const answer = await page().request(`/analytics/files/${name}.csv${asked}`);
        const file = await answer.text();
        const api = /^# api: (.*)\r$/m.exec(file)?.[1] ?? "";
        const theirs = await app.request(api, { headers: { accept: "text/csv" } });
        expect([api, theirs.status]).toEqual([api, 200]);
        const mine = rowsOf(file);
        expect(mine.length).toBeGreaterThan(0);
        expect(rowsOf(await theirs.text())).toMatchObject(mine);
      });

  test("the scan of a corridor: the same cells, whatever days are chosen", async () => {
    const demo = await pagesBed();
    const { road_id } = demo.city.roads[0]!;
    const at = formatInstant(Date.now() - minutes(30));
    await demo.tell(traffic, [{ road_id, timestamp: at, current_speed: 20, free_flow_speed: 50 }]);
    const asked = `roads=${road_id}&weekdays=weekdays&compare=yesterday`;
    const file = await (await fetch(`${demo.url}/analytics/files/scan.csv?${asked}`)).text();
    const api = /^# api: (.*)\r$/m.exec(file)?.[1] ?? "";
    expect(api).toStartWith("/api/analytics/congestion-scan?");
    const theirs = await fetch(demo.url + api, { headers: { accept: "text/csv" } });
    expect([api, theirs.status]).toEqual([api, 200]);
    const mine = rowsOf(file);
    expect(mine.filter(({ percent }) => percent === "40").length).toBeGreaterThan(0);
    expect(rowsOf(await theirs.text())).toEqual(mine);
    await demo.close();
  });
});
