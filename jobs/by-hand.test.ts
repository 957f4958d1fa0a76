/** The command's list, help and flags: what cannot be is one sentence, before anything is opened. */
import { describe, expect, test } from "bun:test";
import type { DeclaredJob } from "../src/core/job.ts";
import { hours } from "../src/core/time.ts";
import { helpOf, listOf, progressLine, readCommand, resultLine } from "./by-hand.ts";
import { scheduleOf } from "./schedule.ts";

const ZONE = "Europe/Berlin";
const backfill: DeclaredJob = {
  name: "backfill",
  label: "Backfill",
  doc: "Makes windows anew.",
  schedule: null,
  span: "day",
  command_only: false,
  flags: {
    stream: { kind: "text", usual: null, one_of: ["traffic", "weather"], doc: "which stream" },
    rate: { kind: "whole", usual: 5, least: 1, most: 9, doc: "how fast" },
    dry: { kind: "yes", doc: "only tell" },
  },
};
const nightly: DeclaredJob = {
  ...backfill,
  name: "nightly",
  span: null,
  flags: {},
  schedule: scheduleOf("0 3 * * *", ZONE),
};
const read = (...argv: string[]) => readCommand(backfill, argv, ZONE);

test("a span of instants or of the city's days, and flags", () => {
  expect(
    read("--stream", "traffic", "--from", "2026-03-28", "--to", "2026-03-30", "--rate", "7", "--dry"),
  ).toEqual({
    from_ms: Date.parse("2026-03-27T23:00:00Z"),
    to_ms: Date.parse("2026-03-29T22:00:00Z"),
    flags: { stream: "traffic", rate: 7, dry: true },
  });
  expect(read("--stream=weather", "--from=2026-11-21T10:00:00+01:00", "--to=2026-11-21T10:00:00Z")).toEqual({
    from_ms: Date.parse("2026-11-21T09:00:00Z"),
    to_ms: Date.parse("2026-11-21T09:00:00Z") + hours(1),
    flags: { stream: "weather" },
  });
  expect(readCommand(nightly, [], ZONE)).toEqual({ from_ms: null, to_ms: null, flags: {} });
});

describe("what cannot be is one sentence", () => {
  const wrong: readonly (readonly [argv: string[], sentence: string])[] = [
    [[], "--stream must be given: which stream"],
    [["--stream", "sonar"], '--stream is "sonar", but it must be one of traffic, weather'],
    [["--stream", "traffic", "--rate", "10"], '--rate is "10", but it must be a whole number from 1 to 9'],
    [
      ["--stream", "traffic", "--rate", "fast"],
      '--rate is "fast", but it must be a whole number from 1 to 9',
    ],
    [
      ["--stream", "traffic", "--from", "yesterday", "--to", "2026-11-21"],
      '--from is "yesterday"; wanted is an instant like 2026-11-20T00:00:00Z, or a day like 2026-11-20',
    ],
    [
      ["--stream", "traffic", "--from", "2026-02-30", "--to", "2026-11-21"],
      '--from is "2026-02-30"; wanted is an instant like 2026-11-20T00:00:00Z, or a day like 2026-11-20',
    ],
    [["--stream", "traffic", "--from", "2026-11-21"], "--to must be given: a span has both ends"],
    [
      ["--stream", "traffic", "--from", "2026-11-21", "--to", "2026-11-20"],
      '--from is "2026-11-21", but it must be before to, which is 2026-11-19T23:00:00Z',
    ],
    [
      ["--stream", "traffic", "--from", "2016-11-21", "--to", "2026-11-21"],
      '--from is "2016-11-21", but it must not be more than 366 days before to',
    ],
    [["--nights", "2"], "Unknown option '--nights'"],
    [["extra"], "Unexpected argument 'extra'"],
  ];
  for (const [argv, sentence] of wrong)
    test(argv.join(" ") || "nothing", () =>
      expect(read(...argv)).toEqual({ say: `${sentence}. See --help.`, code: 1 }),
    );

  test("a span for a job that takes none", () => {
    expect(readCommand(nightly, ["--from", "2026-11-20", "--to", "2026-11-21"], ZONE)).toEqual({
      say: "Unknown option '--from'. See --help.",
      code: 1,
    });
  });
});

test("help and list tell what there is", () => {
  expect(read("--help")).toEqual({ say: helpOf(backfill), code: 0 });
  expect(helpOf(backfill)).toContain("--rate N       how fast, 1 to 9; 5 without it");
  expect(helpOf(nightly)).not.toContain("--from");
  expect(listOf([backfill, nightly])).toContain("nightly   daily at 03:00  Makes windows anew.");
});

test("progress and result as lines", () => {
  expect(progressLine({ done: 450, total: 1_000, words: "events" })).toBe(" 45 %  450 of 1,000 events");
  expect(progressLine({ done: 3, total: null, words: "" })).toBe("3");
  expect(resultLine({ rows_kept: 1_234, ok: true })).toBe("done · rows kept 1,234 · ok true");
});
