/**
 * Locations as labelled squares over the faint picture of the network. The picture stretches, the squares do not: they are
 * placed in percent, so that their figures read alike at 390 and at 1440 px.
 */
import type { City } from "../../src/core/city.ts";
import type { Station } from "../air-stations.ts";
import { airWords } from "../air-words.ts";
import { clockTime, count } from "../format.ts";
import { parted } from "./parted.ts";
import { projection } from "./projection.ts";

export interface AirMapProps {
  city: Pick<City, "name" | "zone" | "bounds">;
  /** Worst first. */
  stations: readonly Station[];
  /** Address of the picture. */
  picture: string;
  selected: string | null;
  hrefOf: (location: string) => string;
}

const WIDTH = 600;
/** A square, px: wide enough for three figures; narrower by CSS on small screens. */
const [W, H] = [38, 24] as const;
/** Room that a square takes of the picture when that is about 480 px wide. */
const ROOM = [50, 33] as const;

const percent = (part: number, of: number): string => `${((part / of) * 100).toFixed(2)}%`;

export const AirMap = ({ city, stations, picture, selected, hrefOf }: AirMapProps) => {
  const flat = projection(city.bounds, WIDTH);
  const seen = stations.flatMap((station) => {
    if (station.at === null) return [];
    const at = flat.project(station.at);
    const inside = at[0] >= 0 && at[0] <= flat.width && at[1] >= 0 && at[1] <= flat.height;
    return inside ? [{ station, at }] : [];
  });
  const places = parted(
    seen.map(({ at }) => at),
    ROOM,
    [flat.width, flat.height],
  );
  const placed = seen.map((one, i) => ({ ...one, place: places[i]! }));
  return (
    <div class="air-map">
      <img src={picture} alt="" width={flat.width} height={flat.height} />
      <svg width="100%" height="100%" role="group" aria-label={`Locations in ${city.name} and their AQI`}>
        {placed
          .filter(({ at, place }) => Math.hypot(at[0] - place[0], at[1] - place[1]) > 4)
          .map(({ at, place }) => (
            <>
              <line
                class="lead"
                x1={percent(at[0], flat.width)}
                y1={percent(at[1], flat.height)}
                x2={percent(place[0], flat.width)}
                y2={percent(place[1], flat.height)}
              />
              <circle class="spot" cx={percent(at[0], flat.width)} cy={percent(at[1], flat.height)} r="2.5" />
            </>
          ))}
        {/* The worst is drawn last: it lies above the others. */}
        {placed.toReversed().map(({ station, place }) => (
          <Square
            station={station}
            x={percent(place[0], flat.width)}
            y={percent(place[1], flat.height)}
            selected={station.location === selected}
            href={hrefOf(station.location)}
            zone={city.zone}
          />
        ))}
      </svg>
    </div>
  );
};

interface SquareProps {
  station: Station;
  x: string;
  y: string;
  selected: boolean;
  href: string;
  zone: string;
}

const Square = ({ station, x, y, selected, href, zone }: SquareProps) => {
  const { location, category, aqi, stale, as_of_ms } = station;
  const words = `${location}: ${aqi === null ? "no index" : `AQI ${count(aqi)}, ${category}`}${stale ? `, as of ${clockTime(as_of_ms, zone)}` : ""}`;
  return (
    <svg x={x} y={y} overflow="visible">
      <a
        href={href}
        data-location={location}
        aria-label={words}
        aria-current={selected ? "true" : undefined}
        class={stale ? "stale" : undefined}
      >
        <title>{words}</title>
        <rect class="pin" x={-W / 2} y={-H / 2} width={W} height={H} />
        <rect
          class={`edge ${category === null ? "aqi-none" : airWords[category].class}`}
          x={-W / 2}
          y={-H / 2}
          width="4"
          height={H}
        />
        <text x="2" y="4.5" text-anchor="middle">
          {count(aqi)}
        </text>
      </a>
    </svg>
  );
};
