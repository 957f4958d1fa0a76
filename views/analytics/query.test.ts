import { describe, expect, test } from "bun:test";
import { analyticsUrl, readAnalyticsQuery, type AnalyticsPageQuery } from "./query.ts";

const ZONE = "Europe/Berlin";
/** A Saturday, 11:25 there. */
const NOW = Date.parse("2026-11-21T10:25:00Z");
const road = (road_id: string, road_name: string, lng: number) => ({
  road_id,
  road_name,
  geometry: [
    [lng, 50],
    [lng + 0.01, 50.01],
  ] as const,
});
const roads = [
  road("r1", "South Ring", 8),
  road("r2", "South Ring", 8.02),
  road("r3", "Old Bridge", 9),
  road("r4", "Turing Street", 10),
];
const read = (text: string): AnalyticsPageQuery =>
  readAnalyticsQuery(new URLSearchParams(text), roads, ZONE, NOW);
const range = ({ from_ms, to_ms }: AnalyticsPageQuery): string[] =>
  [from_ms, to_ms].map((ms) => new Date(ms).toISOString().slice(0, 16));

describe("the range", () => {
  test.each([
    ["", ["2026-11-14T23:00", "2026-11-21T11:00"]],
    ["last=today", ["2026-11-20T23:00", "2026-11-21T11:00"]],
    ["last=yesterday", ["2026-11-19T23:00", "2026-11-20T23:00"]],
    // Over the end of summer time: a day of 25 hours is one day.
    ["last=28d", ["2026-10-24T22:00", "2026-11-21T11:00"]],
    ["from=2026-11-01&to=2026-11-03", ["2026-10-31T23:00", "2026-11-02T23:00"]],
    ["from=2026-11-20T06:40&to=2026-11-20T08:10", ["2026-11-20T05:00", "2026-11-20T08:00"]],
    ["from=2026-11-20T05:00:00Z&to=2026-11-20T07:00:00Z", ["2026-11-20T05:00", "2026-11-20T07:00"]],
  ])("%s, in whole hours and days of the city's zone", (text, wanted) => {
    expect(range(read(text))).toEqual(wanted);
    expect(read(text).fault).toBe("");
  });

  test("a name stays while the form sends its dates unchanged; dates that were changed count", () => {
    expect(read("last=today&from=2026-11-21T00:00&to=2026-11-21T12:00").last).toBe("today");
    const typed = read("last=today&from=2026-11-21T06:00&to=2026-11-21T12:00");
    expect([typed.last, ...range(typed)]).toEqual([null, "2026-11-21T05:00", "2026-11-21T11:00"]);
  });

  test.each([
    ["from=2026-11-20&to=2026-11-10", "The range must begin before it ends."],
    ["from=2010-01-01&to=2026-11-10", "A range has at most 366 days: its end is shown."],
    ["from=soon", "from must be a time like 2026-11-21T11:25."],
    ["from=1970-01-01", "from must be a time like 2026-11-21T11:25."],
  ])("%s is told: %s", (text, fault) => {
    const query = read(text);
    expect(query.fault).toBe(fault);
    expect(query.to_ms - query.from_ms).toBeLessThanOrEqual(366 * 86_400_000);
  });
});

describe("roads", () => {
  test("a name, the begin of a word in it, an id; within a box; sorted as the API asks", () => {
    expect(read("roads=south+ring").roads).toEqual(["r1", "r2"]);
    expect(read("roads=R3,ring").roads).toEqual(["r1", "r2", "r3"]);
    expect(read("roads=ring&bbox=8.015,49,8.5,51").roads).toEqual(["r2"]);
    expect(read("bbox=8.9,49,9.5,51").roads).toEqual(["r3"]);
    expect(read("").roads).toBeNull();
  });

  test("what is not there is told, and all are shown", () => {
    expect(read("roads=Atlantis")).toMatchObject({
      roads: null,
      fault: "No road is called atlantis. All roads are shown.",
    });
    expect(read("bbox=1,2,1.1,2.1")).toMatchObject({
      roads: null,
      fault: "No road lies in that area. All roads are shown.",
    });
    expect(read("bbox=9,2,1,3").fault).toContain("west,south,east,north");
  });
});

test("an address says only what is not usual, and reads as it was written", () => {
  for (const text of [
    "",
    "last=28d",
    "from=2026-11-01T00:00&to=2026-11-03T00:00&weekdays=mon,tue&holidays=exclude&roads=south+ring&compare=last_week",
  ]) {
    const url = analyticsUrl(read(text), ZONE);
    expect(url).toBe(text === "" ? "/analytics" : `/analytics?${text}`);
  }
  expect(analyticsUrl(read("weekdays=weekdays&last=7d"), ZONE)).toBe(
    "/analytics?weekdays=mon,tue,wed,thu,fri",
  );
  expect(read("weekdays=mon&weekdays=tue,noday")).toMatchObject({
    weekdays: [1, 2],
    fault: "weekdays are some of mon, tue, wed, thu, fri, sat, sun.",
  });
});
