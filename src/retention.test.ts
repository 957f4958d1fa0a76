/** What an installation keeps: nobody's disk is filled, and nothing is taken that was asked for. */
import { expect, test } from "bun:test";
import { readConfig } from "./config.ts";
import { days, hours } from "./core/time.ts";
import { rawFromMs } from "./history/retention.ts";
import { withRetention } from "./retention.ts";
import { streams } from "./streams/index.ts";

const NOON_MS = Date.UTC(2026, 10, 21, 12);
/** Bytes an hour at the demo's rates, measured; docs/adr/0014-windows-that-go.md. */
const RAW_MB = { traffic: 92, vehicles: 49 };
const WINDOWS_MB = { traffic: 3.25, vehicles: 13.1, cameras: 0.75 };
const kept = (env: Record<string, string>) =>
  new Map(withRetention(streams, readConfig(env)).map((stream) => [stream.name, stream]));

test("embedded, what is kept of the large streams is within its budget at any hour of the day", () => {
  const all = kept({});
  for (let at_ms = NOON_MS; at_ms < NOON_MS + days(1); at_ms += hours(0.5)) {
    const raw_mb = Object.entries(RAW_MB).reduce(
      (mb, [name, hour_mb]) => mb + (hour_mb * (at_ms - rawFromMs(all.get(name)!, at_ms))) / hours(1),
      0,
    );
    expect(raw_mb).toBeLessThanOrEqual(1_850);
    // Six hours of every vehicle's track, half a day of every road.
    expect(at_ms - rawFromMs(all.get("vehicles")!, at_ms)).toBeGreaterThanOrEqual(hours(6));
    expect(at_ms - rawFromMs(all.get("traffic")!, at_ms)).toBeGreaterThanOrEqual(hours(12));
  }
  const windows_mb = Object.entries(WINDOWS_MB).reduce(
    (mb, [name, hour_mb]) => mb + (hour_mb * all.get(name)!.windows!.retention_ms!) / hours(1),
    0,
  );
  expect(windows_mb).toBeLessThanOrEqual(1_650);
  // The same weekday of the last two weeks is there to compare with, to five minutes; by the hour all is kept for ever.
  expect(all.get("traffic")!.windows!.retention_ms).toBeGreaterThan(days(14));
  expect(all.get("traffic")!.rollups.length).toBeGreaterThan(0);
});

test("no stream keeps windows for less time than its raw rows", () => {
  for (const env of [{}, { DATABASE_URL: "postgres://x/y" }])
    for (const { history, windows } of kept(env).values())
      if (windows?.retention_ms !== null && windows?.retention_ms !== undefined)
        expect(windows.retention_ms).toBeGreaterThanOrEqual(history.retention_ms ?? 0);
});

test("HISTORY_DAYS and LOG_HOURS are what is kept, and with DATABASE_URL the declaration", () => {
  const set = kept({ HISTORY_DAYS: "3", LOG_HOURS: "5" }).get("vehicles")!;
  expect([set.history.retention_ms, set.log_retention_ms]).toEqual([days(3), hours(5)]);
  const declared = streams.find(({ name }) => name === "vehicles")!;
  const served = kept({ DATABASE_URL: "postgres://x/y" }).get("vehicles")!;
  expect(served.history).toEqual(declared.history);
  expect(served.log_retention_ms).toBe(declared.log_retention_ms);
});
