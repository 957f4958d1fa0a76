import { describe, expect, test } from "bun:test";
import { atPace } from "./pace.ts";

const feed = { name: "open-meteo", every_ms: 900_000, calls_per_day_max: 1_000 };

describe("a feed's pace", () => {
  test("is its own where nothing is said", () => {
    expect(atPace(feed, { FEED_EVERY_S: "" })).toEqual(feed);
  });

  test("is that of all feeds, and its own variable goes before it", () => {
    expect(atPace(feed, { FEED_EVERY_S: "60" }).every_ms).toBe(60_000);
    expect(atPace(feed, { FEED_EVERY_S: "60", OPEN_METEO_EVERY_S: "20" }).every_ms).toBe(20_000);
    expect(atPace(feed, { TOMTOM_EVERY_S: "20" }).every_ms).toBe(900_000);
  });

  test("has the quota of the account", () => {
    expect(atPace(feed, { OPEN_METEO_CALLS_PER_DAY: "50000" })).toMatchObject({
      every_ms: 900_000,
      calls_per_day_max: 50_000,
    });
  });

  test.each([
    [{ FEED_EVERY_S: "soon" }, 'FEED_EVERY_S is "soon", but it must be a whole number from 10 to 86400'],
    [{ OPEN_METEO_EVERY_S: "9" }, 'OPEN_METEO_EVERY_S is "9"'],
    [{ OPEN_METEO_CALLS_PER_DAY: "-1" }, "must be a whole number from 1 to 10000000"],
  ])("%j is one sentence that names the variable", (env, words) => {
    expect(() => atPace(feed, env)).toThrow(words);
  });
});
