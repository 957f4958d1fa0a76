/** What the champion shall reach on the recording of Los Angeles, and whether it does. */
import type { Subset } from "../../src/prediction/judge/subsets.ts";
import type { Verdict } from "../../src/prediction/judge/verdict.ts";
import { regimes } from "../../src/prediction/prediction.ts";
import { columns } from "./table.ts";

type Figure = "mae" | "mape_percent" | "bias";
const goals: readonly { subset: Subset; figure: Figure; most: readonly number[]; words: string }[] = [
  { subset: "all", figure: "mae", most: [2.4, 2.73, 2.96], words: "all, MAE" },
  { subset: "either", figure: "mae", most: [6.45, 8.25, 9.2], words: "either, MAE" },
  { subset: "either", figure: "mape_percent", most: [24.5, 31.5, 35], words: "either, MAPE %" },
  { subset: "either", figure: "bias", most: [1, 1, 1], words: "either, |bias|" },
  { subset: "congested", figure: "mae", most: [5.2, 6.6, 7.5], words: "congested, MAE" },
  { subset: "congested", figure: "mape_percent", most: [24.5, 32.5, 37.5], words: "congested, MAPE %" },
  { subset: "all", figure: "mae", most: [2.34, 2.65, 2.85], words: "stretch: all, MAE" },
];

/** Points of percent around 50 and 90. */
const COVERAGE = { all: { 50: 3, 90: 2 }, regime: { 50: 6, 90: 6 } };

export function goalsTable(champion: Verdict, persistence: Verdict): string {
  const said = (value: number | null, reached: boolean, digits: number): string =>
    value === null ? "-" : `${value.toFixed(digits)} ${reached ? "reached" : "NOT reached"}`;
  const rows = goals.map(({ subset, figure, most, words }) => [
    words,
    most.join(" / "),
    ...champion.horizons.map(({ errors }, h) => {
      const value = errors[subset][figure];
      const digits = figure === "mape_percent" ? 1 : 2;
      // As they are printed, which is how the goals are given.
      return said(value, value !== null && Math.abs(Number(value.toFixed(digits))) <= most[h]!, digits);
    }),
  ]);
  for (const figure of ["mae", "mape_percent"] as const) {
    rows.push([
      `now, ${figure === "mae" ? "MAE" : "MAPE %"}`,
      `below persistence: ${persistence.horizons.map(({ errors }) => errors.now[figure]?.toFixed(2) ?? "-").join(" / ")}`,
      ...champion.horizons.map(({ errors }, h) => {
        const value = errors.now[figure];
        return said(value, value !== null && value < (persistence.horizons[h]!.errors.now[figure] ?? 0), 2);
      }),
    ]);
  }
  for (const regime of ["all", ...regimes] as const) {
    for (const interval of [50, 90] as const) {
      const around = COVERAGE[regime === "all" ? "all" : "regime"][interval];
      rows.push([
        `${regime}, in ${interval} %`,
        `${interval} ± ${around}`,
        ...champion.horizons.map(({ coverage }) => {
          const share = coverage[regime][`covered_${interval}`];
          const percent = share === null ? null : 100 * share;
          return said(percent, percent !== null && Math.abs(percent - interval) <= around, 1);
        }),
      ]);
    }
  }
  return columns([["champion", "goal", "10 min", "20 min", "30 min"], ...rows]);
}
