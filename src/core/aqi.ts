/**
 * The Air Quality Index of the US EPA: 40 CFR part 58 appendix G with the PM2.5 breakpoints of the revision of 2024
 * (89 FR 16202, in force since 6 May 2024), and the EPA's Technical Assistance Document for reporting it. The index of a
 * pollutant is linear between breakpoints; the index of the air is the greatest of them.
 *
 * The EPA averages PM over 24 h, ozone and CO over 8 h, NO2 and SO2 over 1 h. Here each reading is taken as it comes,
 * so an hour's peak shows at once and may lie above the day's official index.
 */

/** Concentrations in µg/m³; null where not measured. */
export interface Concentrations {
  pm2_5: number | null;
  pm10: number | null;
  ozone: number | null;
  nitrogen_dioxide: number | null;
  sulphur_dioxide: number | null;
  carbon_monoxide: number | null;
}

export type Pollutant = keyof Concentrations;
export const pollutants = [
  "pm2_5",
  "pm10",
  "ozone",
  "nitrogen_dioxide",
  "sulphur_dioxide",
  "carbon_monoxide",
] as const satisfies readonly Pollutant[];

export const aqiCategories = [
  "Good",
  "Moderate",
  "Unhealthy for Sensitive Groups",
  "Unhealthy",
  "Very Unhealthy",
  "Hazardous",
] as const;
export type AqiCategory = (typeof aqiCategories)[number];

/** Greatest index of each category but the last. */
const CATEGORY_ENDS = [50, 100, 150, 200, 300] as const;
/** Beyond the table's end the EPA goes on with the slope of its last part; nothing is reported above this. */
export const AQI_MAX = 999;

/** Least and greatest index of a category; `to` is null for the last one. */
export const aqiRange = (category: AqiCategory): { from: number; to: number | null } => {
  const place = aqiCategories.indexOf(category);
  return { from: place === 0 ? 0 : CATEGORY_ENDS[place - 1]! + 1, to: CATEGORY_ENDS[place] ?? null };
};

export function aqiCategory(aqi: number): AqiCategory {
  const place = CATEGORY_ENDS.findIndex((end) => aqi <= end);
  return aqiCategories[place === -1 ? aqiCategories.length - 1 : place]!;
}

/** From concentration `from` (index `low`) to concentration `to` (index `high`), both included. */
type Part = readonly [from: number, to: number, low: number, high: number];

interface Table {
  /** µg/m³ → the table's unit. */
  factor: number;
  /** Kept decimals in the table's unit: the rest is cut off, not rounded. */
  decimals: number;
  parts: readonly Part[];
}

/** Litres of a mole of gas at 25 °C and 1013.25 hPa: µg/m³ · 24.45 / (g/mol) = ppb. */
const MOLAR_VOLUME = 24.45;

const tables: Readonly<Record<Pollutant, Table>> = {
  // µg/m³
  pm2_5: {
    factor: 1,
    decimals: 1,
    parts: [
      [0, 9, 0, 50],
      [9.1, 35.4, 51, 100],
      [35.5, 55.4, 101, 150],
      [55.5, 125.4, 151, 200],
      [125.5, 225.4, 201, 300],
      [225.5, 325.4, 301, 500],
    ],
  },
  // µg/m³
  pm10: {
    factor: 1,
    decimals: 0,
    parts: [
      [0, 54, 0, 50],
      [55, 154, 51, 100],
      [155, 254, 101, 150],
      [255, 354, 151, 200],
      [355, 424, 201, 300],
      [425, 604, 301, 500],
    ],
  },
  // ppm; 8 h up to 0.200, above it the table has 1 h only
  ozone: {
    factor: MOLAR_VOLUME / 48 / 1_000,
    decimals: 3,
    parts: [
      [0, 0.054, 0, 50],
      [0.055, 0.07, 51, 100],
      [0.071, 0.085, 101, 150],
      [0.086, 0.105, 151, 200],
      [0.106, 0.2, 201, 300],
      [0.201, 0.604, 301, 500],
    ],
  },
  // ppb, 1 h
  nitrogen_dioxide: {
    factor: MOLAR_VOLUME / 46.0055,
    decimals: 0,
    parts: [
      [0, 53, 0, 50],
      [54, 100, 51, 100],
      [101, 360, 101, 150],
      [361, 649, 151, 200],
      [650, 1_249, 201, 300],
      [1_250, 2_049, 301, 500],
    ],
  },
  // ppb; 1 h up to 304, then 24 h
  sulphur_dioxide: {
    factor: MOLAR_VOLUME / 64.066,
    decimals: 0,
    parts: [
      [0, 35, 0, 50],
      [36, 75, 51, 100],
      [76, 185, 101, 150],
      [186, 304, 151, 200],
      [305, 604, 201, 300],
      [605, 1_004, 301, 500],
    ],
  },
  // ppm, 8 h
  carbon_monoxide: {
    factor: MOLAR_VOLUME / 28.01 / 1_000,
    decimals: 1,
    parts: [
      [0, 4.4, 0, 50],
      [4.5, 9.4, 51, 100],
      [9.5, 12.4, 101, 150],
      [12.5, 15.4, 151, 200],
      [15.5, 30.4, 201, 300],
      [30.5, 50.4, 301, 500],
    ],
  },
};

/** Index of one pollutant, 0 to 999. @param value µg/m³, not negative. */
export function aqiOf(pollutant: Pollutant, value: number): number {
  const { factor, decimals, parts } = tables[pollutant];
  const scale = 10 ** decimals;
  // A hair above: 9.1 · 10 is 90.99999999999999.
  const cut = Math.floor(value * factor * scale * (1 + 4 * Number.EPSILON)) / scale;
  const [from, to, low, high] = parts.find((part) => cut <= part[1]) ?? parts.at(-1)!;
  return Math.min(AQI_MAX, Math.round(low + ((high - low) * (cut - from)) / (to - from)));
}

/** The air's index and the pollutant that makes it; null where nothing was measured. */
export function airQuality(all: Concentrations): { aqi: number; dominant: Pollutant } | null {
  let worst: { aqi: number; dominant: Pollutant } | null = null;
  for (const pollutant of pollutants) {
    const value = all[pollutant];
    if (value === null) continue;
    const aqi = aqiOf(pollutant, value);
    if (worst === null || aqi > worst.aqi) worst = { aqi, dominant: pollutant };
  }
  return worst;
}
