/** Roads' patterns over HTTP: what is asked badly names its parameter, formats, and columns. */
import { describe, expect, test } from "bun:test";
import { fixture } from "../test/api-fixture.ts";

const { app } = await fixture();
const get = (path: string) => app.request(`/api/${path}`);

describe("what is asked badly is told by its parameter", () => {
  const bad: readonly (readonly [path: string, parameter: string])[] = [
    ["analytics/episodes?state=old", "state"],
    ["analytics/episodes?sort=name", "sort"],
    ["analytics/episodes?limit=0", "limit"],
    ["analytics/episodes?state=now&from=2026-11-20T00:00:00Z", "from"],
    ["analytics/episodes?state=now&to=2026-11-20T00:00:00Z", "to"],
    ["analytics/episodes?from=2026-11-21T00:00:00Z&to=2026-11-20T00:00:00Z", "from"],
    ["analytics/episodes?from=2024-11-21T00:00:00Z&to=2026-11-20T00:00:00Z", "from"],
    ["analytics/episodes?roads=r1&bbox=0,50,2,52", "bbox"],
    ["analytics/episodes?roads=r1,,r2", "roads"],
    ["analytics/bottlenecks?bbox=2,50,0,52", "bbox"],
    ["analytics/bottlenecks?state=now", "state"],
    ["analytics/reliability?by=week", "by"],
    ["analytics/reliability?weekdays=someday", "weekdays"],
    ["analytics/congestion-scan?corridor=high-street&roads=r1", "corridor"],
    ["analytics/congestion-scan?date=2026-02-30", "date"],
    ["analytics/congestion-scan?date=2026-11-20&from=2026-11-20T00:00:00Z", "date"],
    ["analytics/congestion-scan?from=2026-11-18T00:00:00Z&to=2026-11-20T00:00:00Z", "from"],
    ["analytics/congestion-scan?format=ndjson", "format"],
    ["roads/r1/profile?format=geojson", "format"],
    ["corridors?limit=5", "limit"],
  ];
  for (const [path, parameter] of bad)
    test(path, async () => {
      const response = await get(path);
      expect(response.status).toBe(400);
      const { errors } = (await response.json()) as { errors: { parameter: string }[] };
      expect(errors.map((error) => error.parameter)).toContain(parameter);
    });

  test("roads and corridors that there are not are not found", async () => {
    for (const path of [
      "analytics/episodes?roads=none",
      "roads/none/profile",
      "analytics/congestion-scan?corridor=none",
    ])
      expect([path, (await get(path)).status]).toEqual([path, 404]);
  });
});

describe("as CSV", () => {
  const lines = async (path: string): Promise<string[]> => {
    const response = await get(path);
    expect(response.headers.get("content-type")).toStartWith("text/csv");
    return (await response.text()).split("\r\n");
  };

  test("episodes and bottlenecks: an empty cell is null, and no cell is a formula", async () => {
    const [head, first, second] = await lines("analytics/episodes?format=csv");
    expect(head).toStartWith("road_id,road_name,started_at,ended_at,end,minutes,worst_ratio");
    expect(first).toContain(",2026-11-21T09:00:00Z,recovered,60,0.21,");
    expect(second).toContain(",2026-11-21T08:00:00Z,,,60,");
    const [, row] = await lines("analytics/bottlenecks?format=csv");
    expect(row).toContain("'=High Street");
  });

  test("a profile has a line per cell, a scan a line per segment and step", async () => {
    expect(await lines("roads/r1/profile?format=csv")).toHaveLength(1 + 168 + 1);
    const range = "from=2026-11-21T09:00:00Z&to=2026-11-21T10:00:00Z";
    const scan = await lines(`analytics/congestion-scan?corridor=high-street&${range}&format=csv`);
    expect(scan).toHaveLength(1 + 5 * 12 + 1);
    expect(scan[0]).toBe("window_start,road_id,road_name,from_km,to_km,percent");
    expect(scan.find((line) => line.startsWith("2026-11-21T09:05:00Z,r3"))).toEndWith(",");
  });
});
