/** The air stays as it is: what a forecast must beat, and what is said where history is too short for a model. */
import { bandOf, type Band } from "./bands.ts";
import { rootOf } from "./inputs.ts";
import { pointOf, type AirPoint } from "./model.ts";
import { AHEAD_H, type AirSeries } from "./series.ts";

export interface Persistence {
  /**
   * Hours ahead of which the error is not known are left out.
   *
   * @param aqi The last known index.
   * @param age_h Hours between its hour and the last one: all is by so many further ahead; 0 by default.
   */
  forecast(aqi: number, age_h?: number): readonly AirPoint[];
}

/** Learns by hours ahead how far the air went, over all locations. */
export function fitPersistence(all: readonly AirSeries[]): Persistence {
  const bands = Array.from({ length: AHEAD_H }, (_, i): Band | null => {
    const errors: number[] = [];
    for (const { aqi } of all)
      for (let at = 0; at + i + 1 < aqi.length; at++) {
        const error = rootOf(aqi[at + i + 1]!) - rootOf(aqi[at]!);
        if (!Number.isNaN(error)) errors.push(error);
      }
    return bandOf(errors);
  });
  return {
    forecast: (aqi, age_h = 0) =>
      bands
        .slice(age_h)
        .flatMap((band, i) => (band === null ? [] : [pointOf(i + 1, rootOf(aqi), band, "persistence")])),
  };
}
