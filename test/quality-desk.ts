/** A desk of data quality for tests of routes: one day, one key, one exclusion. */
import { noQuality, type QualityDesk } from "../src/serving/quality-desk.ts";
import { streams } from "../src/streams/index.ts";

const day = "2026-11-20";
const one = {
  exclusion_id: 1,
  stream: "traffic",
  key: "r1",
  from_day: day,
  to_day: null,
  rule: "hand" as const,
  reason: "works",
  added_ms: Date.UTC(2026, 10, 20, 12),
};
const facts = { n: 8_000, expected_n: 8_640, completeness: 0.9259, stuck_hours: 1, jumps: 2 };

export const qualityDesk: QualityDesk = {
  streams: noQuality(streams).streams,
  report: async () => ({
    data: {
      stream: "traffic",
      label: "Road traffic",
      from_day: day,
      to_day: day,
      days: [
        {
          ...facts,
          day,
          keys: 1,
          stuck_keys: 1,
          jump_keys: 1,
          hours_percent: [100, 0, null],
          excluded_keys: 1,
          ledger: { consumed: 10, stored: 8, duplicate: 1, dead: 1, late: 0, rejected: 0 },
        },
      ],
      keys: [{ ...facts, key: "=1+1", days: 1, greatest_jump: 71.5, reasons: ["stuck"], excluded: true }],
      keys_n: 1,
      sources: [{ source: "test", day, n: 8_000, ahead_n: 3, delay_p50_ms: -20, delay_p99_ms: null }],
      exclusions: [one],
    },
    meta: {
      cursor: "c",
      layer: "batch",
      as_of: "2026-11-20T23:00:00Z",
      age_ms: 1_000,
      stale: false,
      coverage: 0.9259,
    },
  }),
  exclude: async (asked) => ({ ...one, ...asked }),
  include: async () => {},
};
