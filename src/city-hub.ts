/** The hub of a city: it knows where the roads are, and takes the place of all else from its row. */
import type { City } from "./core/city.ts";
import { boundsOf } from "./core/geo.ts";
import type { Stream } from "./core/stream.ts";
import type { Clock } from "./core/time.ts";
import { createHub, type Hub } from "./push/hub.ts";

/**
 * @param epoch Identity of the log: cursors of another are not understood.
 * @param epochs_before Of the logs before a restore: theirs are too old.
 */
export function cityHub(
  city: City,
  streams: readonly Stream[],
  clock: Clock,
  epoch: string,
  epochs_before: readonly string[] = [],
): Hub {
  const places = new Map(city.roads.map((road) => [road.road_id, boundsOf(road.geometry)]));
  return createHub({
    streams,
    clock,
    epoch,
    epochs_before,
    placeOf: (stream, key, row) => {
      // A vehicle may have a road's name.
      const known = stream.key === "road_id" ? places.get(key) : undefined;
      if (known !== undefined) return known;
      const [lng, lat] = [row["longitude"], row["latitude"]];
      return typeof lng === "number" && typeof lat === "number" ? [lng, lat, lng, lat] : null;
    },
  });
}
