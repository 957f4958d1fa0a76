import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { NOW_MS, openScene, type Scene, type Sent } from "../../test/serving-scene.ts";
import { ProblemError } from "../core/errors.ts";
import { days, formatInstant, hours, minutes, startOfDay } from "../core/time.ts";
import { foldWindows, presentWindow } from "../core/window.ts";
import { traffic } from "../streams/traffic.ts";
import type { AnswerRow } from "../core/json.ts";
import type { Answer, HistoryQuery, Step } from "./answer.ts";
import { stepsOf } from "./steps.ts";
import { stepPage, type StepPage, type StepRow } from "./window-pages.ts";

let scene: Scene;

/** Two roads over the days when Berlin's clocks went back: 25 October 2026. */
const WINTER_MS = Date.UTC(2026, 9, 25);
const events: Sent[] = [];
for (let at = -hours(30); at < hours(54); at += minutes(20)) {
  const n = at / minutes(20);
  events.push({ road_id: "a", at_ms: WINTER_MS + at - NOW_MS, speed: 20 + Math.abs(n % 37) });
  if (n % 3 === 0)
    events.push({ road_id: "b", at_ms: WINTER_MS + at + minutes(7) - NOW_MS, speed: 60, free: null });
}

beforeAll(async () => {
  scene = await openScene(["a", "b", "never"]);
  await scene.send(events);
  await scene.settle();
});
afterAll(() => scene.end());

const range = (from_ms: number, to_ms: number, more: Partial<HistoryQuery> = {}): HistoryQuery => ({
  from_ms,
  to_ms,
  limit: 5_000,
  ...more,
});

async function pages<T>(
  ask: (cursor: string | undefined) => Promise<Answer<readonly T[]>>,
): Promise<{ rows: T[]; pages: number }> {
  const rows: T[] = [];
  let cursor: string | undefined;
  for (let n = 1; ; n++) {
    const { data, meta } = await ask(cursor);
    rows.push(...data);
    cursor = meta.next_cursor;
    if (cursor === undefined) return { rows, pages: n };
  }
}

/** What any path must answer: each step's aggregate over the raw events themselves. */
function expected(step: Step, from_ms: number, to_ms: number, keys: readonly string[]): AnswerRow[] {
  const steps = stepsOf(traffic, step, "Europe/Berlin");
  const rows = events
    .filter((e) => keys.includes(e.road_id))
    .map((e) => ({ at: NOW_MS + e.at_ms!, e }))
    .filter(({ at }) => steps.start(at) >= from_ms && steps.start(at) < to_ms);
  const groups = Map.groupBy(
    rows,
    ({ at, e }) => `${String(steps.start(at)).padStart(15, "0")} ${e.road_id}`,
  );
  return [...groups.keys()].sort().map((id) => {
    const members = groups.get(id)!;
    const start = steps.start(members[0]!.at);
    const whole = { ...steps.windows, size_ms: 1e15 };
    const [folded] = foldWindows(
      whole,
      members.map(({ e }) => {
        const ratio = e.free === null ? null : e.speed! / 50;
        return {
          key: e.road_id,
          event_time_ms: 0,
          row: {
            current_speed: e.speed!,
            free_flow_speed: e.free === undefined ? 50 : e.free,
            is_congested: ratio !== null && ratio < 0.5,
          },
        };
      }),
    );
    return {
      window_start: formatInstant(start),
      window_end: formatInstant(steps.end(start)),
      road_id: members[0]!.e.road_id,
      ...presentWindow(steps.windows, folded!.kept),
    };
  });
}

describe("windows", () => {
  const [from_ms, to_ms] = [WINTER_MS - hours(20), WINTER_MS + hours(47)];

  for (const step of ["5m", "15m", "1h", "1d"] as const) {
    test(`${step}: one road's, merged, are those computed from its raw events; in pages of any size the same`, async () => {
      const want = expected(step, from_ms, to_ms, ["a"]);
      for (const limit of [1, 7, 5_000]) {
        if (limit === 1 && want.length > 100) continue;
        const got = await pages((cursor) =>
          scene.serving.history(
            traffic,
            "a",
            range(from_ms, to_ms, { step, limit, ...(cursor === undefined ? {} : { cursor }) }),
          ),
        );
        expect(got.rows).toEqual(want);
        expect(got.pages).toBe(Math.max(1, Math.ceil(want.length / limit)));
      }
    });

    test(`${step}: all roads', in pages`, async () => {
      const want = expected(step, from_ms, to_ms, ["a", "b"]);
      for (const limit of [3, 50]) {
        if (want.length / limit > 60) continue;
        const got = await pages((cursor) =>
          scene.serving.windows(
            traffic,
            null,
            range(from_ms, to_ms, { step, limit, ...(cursor === undefined ? {} : { cursor }) }),
          ),
        );
        expect(got.rows).toEqual(want);
      }
    });
  }

  test("a page that costs too many windows ends early, with whole steps and a place to go on", async () => {
    const steps = stepsOf(traffic, "1h", "Europe/Berlin");
    const asked = { from_ms, to_ms, key: null, limit: 5_000 };
    const rows: StepRow[] = [];
    let after: { start_ms: number; key: string } | null = null;
    for (let n = 0; ; n++) {
      const page: StepPage = await stepPage(scene.history, traffic, steps, { ...asked, after }, 5);
      rows.push(...page.rows);
      const last = page.rows.at(-1)!;
      after = { start_ms: last.window_start_ms, key: last.key };
      if (!page.more) {
        expect(n).toBeGreaterThan(10);
        break;
      }
    }
    expect(rows).toEqual([
      ...(await stepPage(scene.history, traffic, steps, { ...asked, after: null })).rows,
    ]);
    expect(rows).toHaveLength(expected("1h", from_ms, to_ms, ["a", "b"]).length);
  });

  test("days are the city's: 25 hours when the clocks go back, 23 when they go forward", async () => {
    const { data } = await scene.serving.windows(traffic, "a", range(from_ms, to_ms, { step: "1d" }));
    expect(data.map((row) => [row["window_start"], row["window_end"]])).toEqual([
      ["2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"],
      ["2026-10-25T23:00:00Z", "2026-10-26T23:00:00Z"],
    ]);
    expect(data[0]!["n"]).toBe(75);
    const spring = stepsOf(traffic, "1d", "Europe/Berlin");
    const start = startOfDay(Date.UTC(2026, 2, 29, 12), "Europe/Berlin");
    expect(spring.end(start) - start).toBe(hours(23));
    expect(spring.end(spring.end(start)) - spring.end(start)).toBe(hours(24));
  });

  test("a step shorter than the windows is refused, naming the rule", async () => {
    const told: unknown = await scene.serving
      .windows(traffic, "a", range(from_ms, to_ms, { step: "1m" }))
      .catch((e: unknown) => e);
    expect(told).toBeInstanceOf(ProblemError);
    expect((told as ProblemError).problem.errors).toEqual([
      {
        parameter: "step",
        value: "1m",
        rule: "must be a multiple of the stream's windows, which are 5 min long",
      },
    ]);
  });

  test("coverage is the share of the windows that could be there", async () => {
    const hour = await scene.serving.windows(
      traffic,
      "a",
      range(WINTER_MS, WINTER_MS + hours(1), { step: "1h" }),
    );
    expect(hour.meta).toMatchObject({ coverage: 0.25, layer: "batch", stale: true });
    const all = await scene.serving.windows(
      traffic,
      null,
      range(WINTER_MS, WINTER_MS + hours(1), { step: "5m" }),
    );
    expect(all.meta.coverage).toBeCloseTo(4 / 36, 3);
    const future = await scene.serving.windows(traffic, "a", range(NOW_MS, NOW_MS + days(1)));
    expect([future.data, future.meta.coverage]).toEqual([[], 1]);
  });
});

describe("raw rows", () => {
  const [from_ms, to_ms] = [WINTER_MS, WINTER_MS + hours(10)];
  const times = (rows: readonly AnswerRow[]): unknown[] => rows.map((row) => row["timestamp"]);

  test("from is in the range, to is not, and pages of any size hold the same", async () => {
    const whole = await scene.serving.history(traffic, "a", range(from_ms, to_ms));
    expect([times(whole.data)[0], whole.data.length, whole.data[0]!["source"]]).toEqual([
      "2026-10-25T00:00:00Z",
      30,
      "test",
    ]);
    for (const limit of [1, 10, 29, 30, 31]) {
      const got = await pages((cursor) =>
        scene.serving.history(
          traffic,
          "a",
          range(from_ms, to_ms, { limit, ...(cursor === undefined ? {} : { cursor }) }),
        ),
      );
      expect([got.rows, got.pages]).toEqual([[...whole.data], Math.ceil(30 / limit)]);
    }
    expect(whole.meta.coverage).toBe(0.25);
  });

  test("of any keys, by time", async () => {
    const { data } = await scene.serving.data(traffic, range(from_ms, from_ms + minutes(30)));
    expect(data.map((row) => row["road_id"])).toEqual(["a", "b", "a"]);
    const only = await scene.serving.data(traffic, { ...range(from_ms, to_ms), key: "b" });
    expect(new Set(only.data.map((row) => row["road_id"]))).toEqual(new Set(["b"]));
  });

  test("newest first is the same rows turned round, in pages of any size, and its pages are its own", async () => {
    const whole = await scene.serving.data(traffic, range(from_ms, to_ms));
    const back = { descending: true };
    for (const limit of [1, 7, 5_000]) {
      const got = await pages((cursor) =>
        scene.serving.data(
          traffic,
          range(from_ms, to_ms, { ...back, limit, ...(cursor === undefined ? {} : { cursor }) }),
        ),
      );
      expect(got.rows).toEqual(whole.data.toReversed());
    }
    const first = await scene.serving.data(traffic, range(from_ms, to_ms, { ...back, limit: 3 }));
    expect(first.meta.as_of).toBe(String(whole.data.at(-1)!["timestamp"]));
    expect(first.meta.coverage).toBeGreaterThan(0);
    const { next_cursor } = first.meta;
    expect(scene.serving.data(traffic, range(from_ms, to_ms, { cursor: next_cursor! }))).rejects.toThrow(
      "must be the next_cursor",
    );
  });

  test("a page's place survives rows that come in before it and after it", async () => {
    const first = await scene.serving.history(traffic, "b", range(from_ms, to_ms, { limit: 2 }));
    await scene.send([
      { road_id: "b", at_ms: from_ms + minutes(1) - NOW_MS },
      { road_id: "b", at_ms: from_ms + hours(2) - NOW_MS },
    ]);
    await scene.settle();
    const second = await scene.serving.history(
      traffic,
      "b",
      range(from_ms, to_ms, { limit: 2, cursor: first.meta.next_cursor! }),
    );
    expect(times(first.data)).toEqual(["2026-10-25T00:07:00Z", "2026-10-25T01:07:00Z"]);
    expect(times(second.data)).toEqual(["2026-10-25T02:00:00Z", "2026-10-25T02:07:00Z"]);
  });

  test("a key never seen is not found; a road of the network without events is empty", async () => {
    const ask = (key: string, step?: Step) =>
      scene.serving.history(traffic, key, range(from_ms, to_ms, step === undefined ? {} : { step }));
    expect((await ask("never")).data).toEqual([]);
    expect(ask("nowhere")).rejects.toThrow("There is no road_id");
    expect(ask("nowhere", "1h")).rejects.toThrow("There is no road_id");
  });

  test("a forged page token is told", async () => {
    const token = (await scene.serving.data(traffic, range(from_ms, to_ms, { limit: 1 }))).meta.next_cursor!;
    for (const cursor of ["x", `${token}A`, token.slice(2)]) {
      expect(scene.serving.data(traffic, range(from_ms, to_ms, { cursor }))).rejects.toThrow(
        "must be the next_cursor",
      );
      expect(scene.serving.windows(traffic, null, range(from_ms, to_ms, { cursor }))).rejects.toThrow(
        "must be the next_cursor",
      );
    }
    expect(scene.serving.windows(traffic, null, range(from_ms, to_ms, { cursor: token }))).rejects.toThrow(
      "must be the next_cursor",
    );
  });
});
