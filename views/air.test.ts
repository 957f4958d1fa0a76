import { describe, expect, test } from "bun:test";
import { hours, localTime } from "../src/core/time.ts";
import type { CurrentRow } from "../src/serving/answer.ts";
import { peakSpans, peakText, samplesOf } from "./air-samples.ts";
import { airSpanOf, shownOf } from "./air-span.ts";
import { correlationSentence, peakSentence } from "./air-usual.tsx";
import { airSentence, airTitle, byCategory, stationsOf } from "./air-stations.ts";

const row = (location: string, aqi: number | null, category: string | null, stale = false): CurrentRow => ({
  location,
  aqi_value: aqi,
  aqi_category: category,
  dominant_pollutant: aqi === null ? null : "pm2_5",
  as_of: "2026-11-21T10:00:00Z",
  stale,
});

describe("the page of air", () => {
  test("says how many are in which category, worst first, by the EPA's own words", () => {
    const stations = stationsOf([
      row("Harbour", 40, "Good"),
      row("Old Town", 92, "Moderate"),
      row("Airport", 54, "Moderate"),
    ]);
    expect(airSentence(stations)).toBe("Moderate at 2 of 3 locations, Good at 1. Worst: Old Town, AQI 92.");
    expect(airTitle(stations)).toBe("● AQI 92 Moderate");
    expect(byCategory(stations).map((group) => [group.category, group.stations.length])).toEqual([
      ["Moderate", 2],
      ["Good", 1],
    ]);
  });

  test("a stale index is not counted as now, and none is ever called good", () => {
    const stations = stationsOf([
      row("A", 320, "Hazardous", true),
      row("B", null, null),
      row("C", 20, "Good"),
    ]);
    expect(airSentence(stations)).toBe("Good at 1 of 1 locations. Worst: C, AQI 20. 2 have no fresh index.");
    expect(airTitle(stationsOf([row("A", 320, "Hazardous", true)]))).toBe("○ no air data");
    expect(airSentence([])).toBe("No location reports its air now.");
    expect(stationsOf([row("B", null, "splendid")])[0]!.category).toBeNull();
  });

  test("speaks of correlation only where there is one to speak of", () => {
    expect(correlationSentence(null)).toBe("");
    expect(correlationSentence({ r: 0.42, n: 640, lag_h: 1 })).toStartWith(
      "The air moves with traffic about 1 h later (r 0.42, n 640 hours)",
    );
    expect(correlationSentence({ r: -0.5, n: 100, lag_h: 0 })).toStartWith(
      "The air moves against traffic in the same hour (r −0.50",
    );
    expect(correlationSentence({ r: 0.1, n: 300, lag_h: 2 })).toStartWith(
      "The air does not move with traffic",
    );
    expect(peakSentence("AQI", { peak: null, other: 4 }, "")).toBe("");
  });

  test("peak hours are the city's clock's, on the days when clocks change as well", () => {
    const peak = [[6, 10]] as const;
    // Berlin's clocks go back on 25 October 2026 at 03:00, and forward on 29 March at 02:00.
    for (const day_ms of [Date.UTC(2026, 9, 24), Date.UTC(2026, 2, 28), Date.UTC(2026, 6, 1)]) {
      const spans = peakSpans(peak, day_ms, day_ms + hours(72), "Europe/Berlin");
      expect(spans).toHaveLength(3);
      for (const [from, to] of spans) {
        expect([localTime(from, "Europe/Berlin").hour, to - from]).toEqual([6, hours(4)]);
      }
    }
    expect(
      peakText([
        [6, 10],
        [16, 20],
      ]),
    ).toBe("06–10, 16–20");
  });

  test("an hour without a window is a gap, not a zero", () => {
    const window = { window_start: "2026-11-21T10:00:00Z", n: 3, aqi_value_mean: 50, aqi_value_max: 60 };
    const from = Date.UTC(2026, 10, 21, 9);
    const shown = { span: "48h", from_ms: from, to_ms: from + hours(3), step: "1h" } as const;
    expect(samplesOf([window], "aqi_value", shown, "Europe/Berlin").map((s) => [s.mean, s.most])).toEqual([
      [null, null],
      [50, 60],
      [null, null],
    ]);
  });

  test("a year is shown by days of the zone, 23 and 25 hours long as well", () => {
    const zone = "Europe/Berlin";
    const shown = shownOf(airSpanOf("1y"), Date.UTC(2026, 10, 21, 9, 20), zone);
    expect([shown.step, localTime(shown.from_ms, zone).hour, localTime(shown.to_ms, zone).hour]).toEqual([
      "1d",
      0,
      0,
    ]);
    const samples = samplesOf([], "aqi_value", shown, zone);
    expect(samples).toHaveLength(365);
    expect(airSpanOf("a week")).toBe("48h");
  });
});
