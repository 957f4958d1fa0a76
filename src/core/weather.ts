/** Weather as words. */

export const conditions = ["clear", "cloudy", "fog", "drizzle", "rain", "snow", "storm", "unknown"] as const;
export type Condition = (typeof conditions)[number];

/**
 * Condition of a WMO weather code (table 4677, in the selection that forecasts use: 0–3 sky, 45–48 fog, 51–57 drizzle,
 * 61–67 and 80–82 rain, 71–77 and 85–86 snow, 95–99 thunderstorm).
 */
export function conditionOf(code: number | null): Condition {
  if (code === null) return "unknown";
  if (code <= 1) return "clear";
  if (code <= 3) return "cloudy";
  if (code === 45 || code === 48) return "fog";
  if (code >= 51 && code <= 57) return "drizzle";
  if ((code >= 61 && code <= 67) || (code >= 80 && code <= 82)) return "rain";
  if ((code >= 71 && code <= 77) || code === 85 || code === 86) return "snow";
  if (code >= 95) return "storm";
  return "unknown";
}
