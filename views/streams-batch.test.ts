/** What the Streams page tells of the batch views. */
import { expect, test } from "bun:test";
import type { BatchStatus } from "../src/serving/batch-status.ts";
import { statusOf } from "../src/observe/facts.fixture.ts";
import { markup } from "./markup.ts";
import { BatchViews } from "./streams-batch.tsx";

const now_ms = Date.UTC(2026, 10, 21, 12);
const now = {
  now_ms,
  city: { city_id: "test", name: "Test", zone: "UTC", peak_hours: [], attribution: [] },
};
const batch: BatchStatus = {
  views: [
    { view: "hours", frontier: "2026-11-21T11:00:00Z", age_ms: 3_600_000 },
    { view: "days", frontier: "2026-11-21T11:00:00Z", age_ms: 3_600_000 },
  ],
  dirty_windows: 1_234,
  refreshed: { at: "2026-11-21T11:05:00Z", took_ms: 2_400, rows: 10, redone: 1 },
  audit: {
    at: "2026-11-21T11:35:00Z",
    compared: 30_000,
    found: 0,
    live_found: 0,
    repaired_total: 4,
    found_at: null,
    words: null,
  },
};
const shown = (more: Partial<BatchStatus>): string =>
  markup(BatchViews({ status: [statusOf({ batch: { ...batch, ...more } })], now }));

test("frontiers that stand alike are one time; else each view has its own", () => {
  expect(shown({}).match(/<time/g)).toHaveLength(1);
  const apart = shown({ views: [batch.views[0]!, { view: "days", frontier: null, age_ms: null }] });
  expect(apart).toContain("not made yet");
  expect(apart).toContain("<small>days</small>");
  expect(shown({})).toContain("1,234");
});

test("an audit that found something says what; one that did not, when; none is told as none", () => {
  expect(shown({})).toContain("no difference");
  const found = shown({ audit: { ...batch.audit!, found: 2, live_found: 1, words: "windows: <2> missing" } });
  expect(found).toContain("▲ 3 differed");
  expect(found).toContain("windows: &lt;2&gt; missing");
  expect(shown({ audit: null, refreshed: null })).toContain("none yet");
  expect(markup(BatchViews({ status: [statusOf()], now }))).toContain("Not known yet");
});
