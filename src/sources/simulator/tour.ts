/** A tour: where one vehicle is from its start to its end, as pieces of even speed along roads. */
import { SPEED_STEP_MS, type RoadSpeeds } from "./road-speeds.ts";
import type { Place, Stretch, Streets } from "./streets.ts";

export interface Tour {
  start_ms: number;
  end_ms: number;
  /** When each piece begins; the last one ends with the tour. */
  ms: Float64Array;
  road: Int16Array;
  from_km: Float32Array;
  to_km: Float32Array;
}

export interface Whereabouts {
  road: number;
  km: number;
  /** km/h; 0 when it stands. */
  speed: number;
  /** Along the road's geometry, or against it. */
  forward: boolean;
}

/** Who is on a road when it is closed leaves it at walking pace, km/h. */
export const WALKING_KMH = 5;
/** Ways that are looked for again because a road ahead was closed meanwhile, per drive. */
const DETOURS_MAX = 4;

export interface DriveOptions {
  /** Share of the traffic's speed. */
  factor: number;
  /** No faster than this, km/h: a lorry. */
  top_kmh?: number;
  /** Stands at the end of a road after so long a way, for so long: a bus at its stops. */
  stops?: { every_km: number; stand_ms: number };
}

/** Puts a tour together, drive by drive. */
export class TourBuilder {
  readonly #streets: Streets;
  readonly #speeds: RoadSpeeds;
  readonly #start_ms: number;
  #here: Place;
  #now_ms: number;
  #since_stop_km = 0;
  readonly #pieces: { ms: number; road: number; from_km: number; to_km: number }[] = [];

  constructor(streets: Streets, speeds: RoadSpeeds, start: Place, start_ms: number) {
    this.#streets = streets;
    this.#speeds = speeds;
    this.#here = start;
    this.#start_ms = this.#now_ms = start_ms;
  }

  get now_ms(): number {
    return this.#now_ms;
  }

  get here(): Place {
    return this.#here;
  }

  stand(ms: number): void {
    this.#pieces.push({
      ms: this.#now_ms,
      road: this.#here.road,
      from_km: this.#here.km,
      to_km: this.#here.km,
    });
    this.#now_ms += ms;
  }

  /** Drives the quickest way, and around what is closed when it comes there. */
  drive(to: Place, options: DriveOptions): void {
    let way = this.#wayTo(to);
    let detours = 0;
    for (let i = 0; i < way.length; i++) {
      const stretch = way[i]!;
      // Only the end of its way makes it enter a closed road.
      if (i > 0 && i < way.length - 1 && detours < DETOURS_MAX && this.#closed().has(stretch.road)) {
        detours++;
        way = this.#wayTo(to);
        i = -1;
        continue;
      }
      this.#pass(stretch, options);
    }
  }

  build(): Tour {
    const pieces = this.#pieces;
    return {
      start_ms: this.#start_ms,
      end_ms: this.#now_ms,
      ms: Float64Array.from(pieces, (p) => p.ms),
      road: Int16Array.from(pieces, (p) => p.road),
      from_km: Float32Array.from(pieces, (p) => p.from_km),
      to_km: Float32Array.from(pieces, (p) => p.to_km),
    };
  }

  #closed(): ReadonlySet<number> {
    return this.#speeds.closed(this.#now_ms);
  }

  #wayTo(to: Place): Stretch[] {
    const direct = this.#streets.way(this.#here, to)!;
    const closed = this.#closed();
    if (closed.size === 0 || !direct.some((s, i) => i > 0 && i < direct.length - 1 && closed.has(s.road)))
      return direct;
    return this.#streets.way(this.#here, to, closed) ?? direct;
  }

  #pass({ road, from_km, to_km }: Stretch, { factor, top_kmh = Infinity, stops }: DriveOptions): void {
    let km = from_km;
    while (km !== to_km) {
      const kmh = Math.max(WALKING_KMH, Math.min(top_kmh, this.#speeds.at(road, this.#now_ms) * factor));
      const room_ms = SPEED_STEP_MS - (this.#now_ms % SPEED_STEP_MS);
      const all_ms = (Math.abs(to_km - km) / kmh) * 3_600_000;
      const next_km = all_ms <= room_ms ? to_km : km + Math.sign(to_km - km) * ((kmh * room_ms) / 3_600_000);
      this.#pieces.push({ ms: this.#now_ms, road, from_km: km, to_km: next_km });
      this.#now_ms += Math.min(all_ms, room_ms);
      km = next_km;
    }
    this.#here = { road, km: to_km };
    this.#since_stop_km += Math.abs(to_km - from_km);
    if (stops !== undefined && this.#since_stop_km > stops.every_km) {
      this.#since_stop_km = 0;
      this.stand(stops.stand_ms);
    }
  }
}

/** Where it is; null before it began and once it has ended. */
export function onTour(tour: Tour, ms: number): Whereabouts | null {
  if (ms < tour.start_ms || ms >= tour.end_ms) return null;
  let low = 0;
  let high = tour.ms.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (tour.ms[middle]! <= ms) low = middle;
    else high = middle - 1;
  }
  const [begin, end] = [tour.ms[low]!, tour.ms[low + 1] ?? tour.end_ms];
  const [from, to] = [tour.from_km[low]!, tour.to_km[low]!];
  const share = end > begin ? (ms - begin) / (end - begin) : 0;
  return {
    road: tour.road[low]!,
    km: from + (to - from) * share,
    speed: end > begin ? (Math.abs(to - from) / (end - begin)) * 3_600_000 : 0,
    forward: to >= from,
  };
}
