/** The verdicts of several models as text: 10 / 20 / 30 minutes in each cell. */
import type { Subset } from "../../src/prediction/judge/subsets.ts";
import type { HorizonVerdict, Verdict } from "../../src/prediction/judge/verdict.ts";
import { regimes } from "../../src/prediction/prediction.ts";

export interface JudgedModel {
  name: string;
  verdict: Verdict;
}

const shown: readonly (readonly [Subset, string])[] = [
  ["all", "all"],
  ["either", "either: slow now or slow when it came"],
  ["congested", "congested: slow when it came (it selects by the outcome: no goal on its bias)"],
  ["now", "now: slow when it was predicted"],
  ["transition", "transition: more than a quarter of the slow limit from now"],
];

const number = (value: number | null, digits: number): string =>
  value === null ? "-" : value.toFixed(digits);

const threeOf = (
  { horizons }: Verdict,
  of: (horizon: HorizonVerdict) => number | null,
  digits: number,
  scale = 1,
): string =>
  horizons
    .map((horizon) => {
      const value = of(horizon);
      return number(value === null ? null : value * scale, digits);
    })
    .join(" / ");

/** Columns as wide as their widest cell. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => (row[i] ?? "").length)));
  return rows
    .map(
      (row) =>
        `  ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  ")}`,
    )
    .join("\n");
}

export function accuracyTable(models: readonly JudgedModel[]): string {
  return shown
    .map(([subset, words]) => {
      const n = threeOf(models[0]!.verdict, ({ errors }) => errors[subset].n, 0);
      const rows = models.map(({ name, verdict }) => [
        name,
        threeOf(verdict, ({ errors }) => errors[subset].mae, 2),
        threeOf(verdict, ({ errors }) => errors[subset].rmse, 2),
        threeOf(verdict, ({ errors }) => errors[subset].mape_percent, 1),
        threeOf(verdict, ({ errors }) => errors[subset].bias, 1),
        threeOf(verdict, ({ errors }) => errors[subset].within_15, 0, 100),
      ]);
      return `${words}; n ${n}\n${columns([["", "MAE", "RMSE", "MAPE %", "bias", "within 15 %"], ...rows])}`;
    })
    .join("\n\n");
}

export function coverageTable(models: readonly JudgedModel[]): string {
  const rows = models.flatMap(({ name, verdict }) =>
    (["all", ...regimes] as const).map((regime) => [
      `${name}, ${regime}`,
      threeOf(verdict, ({ coverage }) => coverage[regime].covered_50, 1, 100),
      threeOf(verdict, ({ coverage }) => coverage[regime].covered_90, 1, 100),
      threeOf(verdict, ({ coverage }) => coverage[regime].width_90, 1),
      threeOf(verdict, ({ coverage }) => coverage[regime].n, 0),
    ]),
  );
  return columns([["", "in 50 %", "in 90 %", "width of 90 %", "n"], ...rows]);
}

export function probabilityTable(models: readonly JudgedModel[]): string {
  const rows = models.map(({ name, verdict }) => [
    name,
    threeOf(verdict, ({ brier }) => brier, 3),
    threeOf(verdict, ({ pinball }) => pinball, 2),
    threeOf(verdict, ({ errors }) => errors.all.r2, 3),
    `${verdict.unknown_n} of ${verdict.asked_n}`,
  ]);
  return columns([["", "Brier of slow", "pinball", "R²", "does not know"], ...rows]);
}

const reliability = (tenths: HorizonVerdict["slow"]): string =>
  tenths
    .filter(({ n }) => n > 0)
    .map(({ n, said, came }) => `${number(said, 2)}→${number(came, 2)} (${n})`)
    .join(", ");

export const reliabilityOf = ({ name, verdict }: JudgedModel): string =>
  [
    `${name}: confidence said → true at 10 min: ${reliability(verdict.horizons[0]!.confidence)}`,
    `${name}: P(slow) said → true at 30 min: ${reliability(verdict.horizons[2]!.slow)}`,
  ].join("\n");

/** The papers promise 15 % error: where that holds on average. */
export const promiseOf = ({ name, verdict }: JudgedModel): string =>
  columns([
    [`${name}: MAPE of at most 15 %`, "10 min", "20 min", "30 min"],
    ...shown.map(([subset]) => [
      subset,
      ...verdict.horizons.map(({ errors }) => {
        const mape = errors[subset].mape_percent;
        return mape === null ? "-" : `${mape.toFixed(1)} ${mape <= 15 ? "holds" : "does not"}`;
      }),
    ]),
  ]);
