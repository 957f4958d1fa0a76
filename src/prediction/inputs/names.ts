/** The inputs of the quantile network by name, in the order in which `inputs.ts` writes them. */
import { HORIZONS_MIN } from "../model.ts";

/** Roads on each side that are inputs one by one, and those of them with their profile too. */
export const NEAREST = 4;
export const NEAREST_WITH_PROFILE = 2;

/** Steps back that the own change is taken over. */
export const LAGS = [1, 2, 3, 4, 5, 6, 8, 11] as const;

/** Upper ends of the bands of distance, km. */
export const BANDS_KM = [2, 5, 10] as const;

const SIDES = ["down", "up"] as const;

const own = [
  "x",
  ...LAGS.map((k) => `x_since_${k}`),
  ...[3, 6, 12].map((k) => `mean_${k}`),
  ...[6, 12].map((k) => `deviation_${k}`),
  "min_12",
  "max_12",
  "age",
];
const road = ["known", "free_flow", "free_flow_ahead", "deviation", "slow_share", "residual_deviation"];
const profile = [
  "residual",
  "residual_6",
  "residual_12",
  ...HORIZONS_MIN.flatMap((m) => ["mean", "least", "greatest", "slow"].map((stat) => `profile_${stat}_${m}`)),
  "profile_20",
  "profile_20_since_0",
  "profile_slow_0",
  "profile_50_since_20",
];
const time = ["slot", ...[1, 2, 3].flatMap((k) => [`sin_${k}`, `cos_${k}`]), "free_day"];
const near = SIDES.flatMap((side) =>
  Array.from({ length: NEAREST }, (_, i) =>
    [
      "ahead",
      "since_1",
      "since_3",
      "residual",
      "km",
      ...(i < NEAREST_WITH_PROFILE ? ["profile_20_ahead"] : []),
    ].map((what) => `${side}_${i}_${what}`),
  ).flat(),
);
const bands = SIDES.flatMap((side) =>
  BANDS_KM.flatMap((km) => ["ahead", "since_3", "residual", "slow"].map((what) => `${side}_${km}km_${what}`)),
);
const network = ["all_x", "all_residual", "all_since_3"];

export const INPUT_NAMES: readonly string[] = [
  ...own,
  ...road,
  ...profile,
  ...time,
  ...near,
  ...bands,
  ...network,
];

/** Stands in a model's file: a file whose inputs are others, or in another order, is refused. */
export const INPUTS = INPUT_NAMES.join(" ");
