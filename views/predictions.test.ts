/** Predictions in words and figures, without a browser. */
import { describe, expect, test } from "bun:test";
import { hours, minutes } from "../src/core/time.ts";
import { madeUpAccuracy } from "../test/predictions-fixture.ts";
import { aheadOf, isKnown, levelAhead, readAhead } from "./predictions/ahead.ts";
import { outlookOf } from "./predictions/changes.ts";
import { driftText, headline, skillText, unknownText } from "./predictions/headline.ts";
import { recordOf, saidOf } from "./predictions/judged.ts";
import { accuracyUrl, predictionsUrl, rangeOf, readPredictionsQuery } from "./predictions/query.ts";
import { aheadSentence, recordSentence, whyNone } from "./predictions/words.ts";

const NOW_MS = Date.UTC(2026, 10, 21, 8, 41);
const row = (more: Record<string, string | number | null> = {}) => ({
  road_id: "r1",
  timestamp: "2026-11-21T08:41:00Z",
  current_speed: 40,
  predicted_speed_10min: 31,
  predicted_speed_20min: 30,
  predicted_speed_30min: 29,
  low_90_30min: 20,
  high_90_30min: 36,
  congestion_probability_30min: 0.62,
  prediction_confidence: 0.82,
  ...more,
});

describe("a road's prediction", () => {
  test("speaks for 3 minutes, and without a speed for each horizon it is none", () => {
    const ahead = aheadOf(row())!;
    expect(ahead.steps.map(({ minutes: m, speed, jam }) => [m, speed, jam])).toEqual([
      [10, 31, null],
      [20, 30, null],
      [30, 29, 0.62],
    ]);
    expect(isKnown(ahead, NOW_MS + minutes(3))).toBe(true);
    expect(isKnown(ahead, NOW_MS + minutes(3) + 1)).toBe(false);
    expect(aheadOf(row({ predicted_speed_20min: null }))).toBeNull();
    expect(aheadOf(row({ timestamp: "soon" }))).toBeNull();
  });

  test("is said with what it is sure of", () => {
    expect(aheadSentence(aheadOf(row())!)).toBe(
      "In 10 minutes about 31 km/h, fairly sure: within 15 % of that in 82 of 100 such cases. In 30 minutes 20 to 36 km/h in nine of ten cases; a jam is likely (62 %).",
    );
    expect(
      aheadSentence(
        aheadOf(
          row({ prediction_confidence: null, low_90_30min: null, congestion_probability_30min: null }),
        )!,
      ),
    ).toBe("In 10 minutes about 31 km/h. In 30 minutes about 29 km/h.");
  });

  test("has a level only beside a free-flow speed, and is never closed", () => {
    expect([40, 20, 13, 0].map((speed) => levelAhead(speed, 40))).toEqual([
      "free",
      "moderate",
      "heavy",
      "severe",
    ]);
    expect(levelAhead(40, null)).toBe("unknown");
  });

  test("where there is none, it is said why", () => {
    const old = aheadOf(row())!;
    const why = (...of: [Parameters<typeof whyNone>[0], number, boolean, number]) => whyNone(...of, "UTC");
    expect(why(old, 5, true, NOW_MS)).toBeNull();
    expect(why(null, 0, true, NOW_MS)).toBe(
      "No prediction: none of any road is of the last 3 minutes. After a start the first come within about two.",
    );
    expect(why(old, 0, true, NOW_MS + hours(1))).toContain(
      "is of the last 3 minutes. The last one was made at 08:41.",
    );
    expect(why(null, 5, false, NOW_MS)).toContain("this road has not reported of late");
    expect(why(null, 5, true, NOW_MS)).toContain("others have one");
  });

  test("how good that was here is judged by no handful of cases", () => {
    const record = (n: number) => recordSentence([{ minutes: 10, n, off: 0.9, stayed_off: 0.3 }]);
    expect(record(1)).toEndWith("off here, by the one compared so far: too few to judge by.");
    expect(record(11)).toEndWith("off here, over the 11 compared so far: too few to judge by.");
    expect(record(12)).toEndWith('0.9 km/h off on average here, no better than "it stays as it is" (0.3).');
    expect(recordSentence([{ minutes: 10, n: 0, off: null, stayed_off: null }])).toStartWith("No prediction");
  });

  test("is held against the window that it spoke of, and only where its five minutes are one", () => {
    // Made at 08:44, of 08:54: the mean of [08:50, 08:55).
    const windows = [{ window_start: "2026-11-21T08:50:00Z", current_speed_mean: 34 }];
    const said = saidOf([row(), row({ timestamp: "2026-11-21T08:44:00Z" })], windows);
    expect(said).toEqual([
      { minutes: 10, x: Date.UTC(2026, 10, 21, 8, 52, 30), speed: 31, came: 34, stayed: 40 },
    ]);
    expect(recordOf(said)[0]).toEqual({ minutes: 10, n: 1, off: 3, stayed_off: 6 });
    expect(recordOf(said)[1]).toEqual({ minutes: 20, n: 0, off: null, stayed_off: null });
  });
});

describe("what will change", () => {
  const current = (more: Parameters<typeof row>[0]) => ({ ...row(more), as_of: "", stale: false });
  const jam = { road_id: "sensor", model_version: "net-1", predicted_speed_30min: 20 };

  test("a road that only events know is one of them, by the free flow that it reports", () => {
    const measured = [{ road_id: "sensor", free_flow_speed: 50, as_of: "", stale: false }];
    const outlook = outlookOf([], [current(jam)], measured, NOW_MS);
    expect(outlook).toMatchObject({ known: 1, all: 1, foresees: true });
    expect(outlook.worse).toMatchObject([
      { road_id: "sensor", road_name: "sensor", free_flow: 50, change: -0.4 },
    ]);
    expect(outlookOf([], [current(jam)], [], NOW_MS)).toMatchObject({ known: 1, all: 1, worse: [] });
  });

  test("persistence foresees nothing, and what is old is not known", () => {
    const still = current({ model_version: "persistence" });
    expect(outlookOf([], [still], [], NOW_MS)).toMatchObject({ known: 1, foresees: false });
    expect(outlookOf([], [still, current(jam)], [], NOW_MS)).toMatchObject({
      known: 2,
      all: 2,
      foresees: true,
    });
    expect(outlookOf([], [still], [], NOW_MS + hours(1))).toMatchObject({ known: 0, made_ms: null });
  });
});

describe("the page's words", () => {
  const asked = {
    from_ms: NOW_MS - hours(24),
    to_ms: NOW_MS,
    model_version: null,
    horizon_min: null,
    limit: 20,
  };
  const query = readPredictionsQuery({});

  test("how good, beside no model at all", () => {
    expect(headline(madeUpAccuracy(asked), query)).toBe(
      'Over the last 24 h, 10 minutes ahead our forecasts were 1.8 km/h off on average, 18 % better than "it stays as it is" (2.3); 30 minutes ahead 2.8 against 3.8. On roads that are slow now or then, 30 minutes ahead: 7.2 km/h against 10.1.',
    );
    expect([0.001, -0.04, 0.26, null].map(skillText)).toEqual(["as good", "4 % worse", "26 % better", "–"]);
  });

  test("speeds that never change give no skill, and the sentence has none", () => {
    const { overall } = madeUpAccuracy(asked);
    const still = { ...overall[0]!, mae: 0.2, persistence_mae: 0, skill: null };
    expect(headline(madeUpAccuracy(asked, { overall: [still] }), query)).toStartWith(
      'Over the last 24 h, 10 minutes ahead our forecasts were 0.2 km/h off on average; "it stays as it is" was 0.0 off. ',
    );
  });

  test("a range of which little is scored is not called the whole of it", () => {
    const { series } = madeUpAccuracy(asked);
    const young = madeUpAccuracy(asked, { series: series.slice(0, 6) });
    expect(headline(young, query)).toStartWith(
      "Over the last 24 h (scored so far: 2 of 24 h), 10 minutes ahead",
    );
    const month = { ...asked, from_ms: NOW_MS - 28 * hours(24) };
    const day = { ...series[0]!, start: "2026-11-20T00:00:00Z", end: "2026-11-21T00:00:00Z" };
    expect(headline(madeUpAccuracy(month, { series: [day] }), { ...query, span: "28d" })).toStartWith(
      "Over the last 28 days (scored so far: 1 of 28 days), ",
    );
  });

  test("a version that an old address names is said to be none", () => {
    expect(unknownText("net-1", query)).toStartWith(
      'There is no model "net-1": none of this version is kept',
    );
  });

  test("nothing judged is said, with when it will be", () => {
    const none = madeUpAccuracy(asked, { overall: [], scored_to: null });
    expect(headline(none, query)).toContain("about 15 minutes after the first prediction");
    expect(headline({ ...none, scored_to: "2026-11-21T08:00:00Z" }, query)).toBe(
      "Nothing of the last 24 h has been compared with what came: the first scores come about 15 minutes after the first prediction.",
    );
    expect(headline(null, query)).toContain("history is away");
  });

  test("drift names the horizons that drift, and the rule", () => {
    const { drift } = madeUpAccuracy(asked);
    expect(driftText(drift)).toBeNull();
    const of = { skill: 0, n: 9, before_skill: 0.2, before_n: 90, ratio: 1.5 };
    expect(
      driftText({
        ...drift,
        drifting: true,
        horizons: [
          { horizon_min: 10, mae: 1, before_mae: 1, drifting: false, ...of },
          { horizon_min: 30, mae: 4.21, before_mae: 2.8, drifting: true, ...of },
        ],
      }),
    ).toBe(
      `Predictions got worse: 30 min ahead 4.2 km/h off in the last 24 h, 2.8 in the 7 days before. ${drift.rule}`,
    );
  });

  test("the address holds what is asked, and what is none of ours is left out", () => {
    const asked_too = readPredictionsQuery({ span: "7d", horizon: "20", model: " net-1 " });
    expect(asked_too).toEqual({ span: "7d", horizon: 20, model: "net-1" });
    expect(predictionsUrl(asked_too)).toBe("/predictions?span=7d&horizon=20&model=net-1");
    expect(predictionsUrl(readPredictionsQuery({ span: "1y", horizon: "15", model: "" }))).toBe(
      "/predictions",
    );
    expect(rangeOf(asked_too, NOW_MS, "UTC")).toEqual({
      from_ms: Date.UTC(2026, 10, 14, 9),
      to_ms: Date.UTC(2026, 10, 21, 9),
    });
    expect(accuracyUrl(query, NOW_MS, "UTC")).toContain("from=2026-11-20T09:00:00Z&to=2026-11-21T09:00:00Z");
    expect(["20", "25", "", undefined].map(readAhead)).toEqual([20, null, null, null]);
  });
});
