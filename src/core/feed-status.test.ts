import { expect, test } from "bun:test";
import { countCall, feedStatus, SLOT_MS, successRate, type FeedRecord } from "./feed-status.ts";
import { hours, minutes } from "./time.ts";

const NOW = Date.UTC(2026, 10, 21, 10, 20);

const record = (change: Partial<FeedRecord> = {}): FeedRecord => ({
  feed: "sonar",
  label: "Sonar",
  attribution: [],
  streams: ["traffic"],
  every_ms: minutes(5),
  interval_ms: minutes(5),
  expected_ms: 10_000,
  noted_ms: NOW,
  last_call_ms: NOW - minutes(1),
  last_success_ms: NOW - minutes(1),
  newest_event_ms: NOW - minutes(1),
  next_poll_ms: NOW + minutes(4),
  slots: [],
  quota: { day: "2026-11-21", calls: 0, max: null },
  last_error: null,
  failed_polls: 0,
  circuit: "closed",
  suspect: null,
  totals: { ok: 0, failed: 0, unchanged: 0, accepted: 0, rejected: 0, held: 0, errors: {} },
  ...change,
});

test("the success rate is of the calls of the hour and of the day, and the memory of them is a day", () => {
  let slots: FeedRecord["slots"] = [];
  // Two days, a call each five minutes; those of the last half hour fail.
  for (let at = NOW - hours(48); at <= NOW; at += SLOT_MS)
    slots = countCall(slots, at, at <= NOW - minutes(30));
  expect(slots.length).toBe(288);
  expect(successRate(slots, NOW, hours(1))).toBeCloseTo(0.5, 9);
  expect(successRate(slots, NOW, hours(24))).toBeCloseTo(282 / 288, 9);
  expect(successRate(slots, NOW + hours(2), hours(1))).toBeNull();
  expect(countCall(countCall([], NOW, true), NOW + 1, false)).toEqual([[NOW / SLOT_MS, 1, 1]]);
});

test("the state is the worst that is known, and time alone can change it", () => {
  const state = (change: Partial<FeedRecord>, now_ms = NOW): string =>
    feedStatus(record(change), now_ms).state;
  const suspect = { since_ms: NOW, words: "w", held: 3 };
  expect(state({})).toBe("ok");
  expect(state({ last_call_ms: null, newest_event_ms: null })).toBe("waiting");
  expect(state({ failed_polls: 1 })).toBe("failing");
  expect(state({ failed_polls: 1, suspect })).toBe("suspect");
  expect(state({ newest_event_ms: NOW - minutes(17) })).toBe("late");
  expect(state({ newest_event_ms: NOW - minutes(17), expected_ms: minutes(15) })).toBe("ok");
  expect(state({ quota: { day: "2026-11-21", calls: 9, max: 9 } })).toBe("spent");
  expect(state({ quota: { day: "2026-11-20", calls: 9, max: 9 } })).toBe("ok");
  expect(state({ suspect }, NOW + minutes(11))).toBe("unattended");
});
