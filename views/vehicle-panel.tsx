/** One vehicle: what it does now, and its last half hour. */
import { clockSeconds, clockTime, count, fixed, instant, num, span } from "./format.ts";
import { SpeedChart } from "./charts/speed-chart.tsx";
import { icons } from "./icons.tsx";
import type { Frame } from "./page.ts";
import type { TrackTotals } from "../src/serving/track-answer.ts";
import { trackText, type TrackPoint } from "./vehicle-track.ts";
import { compass, vehicleId, vehicleName, vehicleWords, type Row } from "./vehicle-words.ts";

export interface VehicleView {
  now: Row & { as_of: string; stale: boolean };
  track: readonly TrackPoint[];
  totals: TrackTotals;
  from_ms: number;
}

export const VehiclePanel = ({ frame, view }: { frame: Frame; view: VehicleView }) => {
  const { now, track, totals, from_ms } = view;
  const { zone } = frame.city;
  const name = vehicleName(now);
  const speed = num(now["speed"]);
  const as_of = instant(now.as_of);
  const measured = track.some((point) => point.speed !== null);
  return (
    <article data-vehicle-panel={vehicleId(now)} data-track={trackText(track)}>
      <header>
        <h2>{name}</h2>
        <p class="what">
          {vehicleWords(now)}
          {name === vehicleId(now) ? "" : ` · ${vehicleId(now)}`}
        </p>
        <button class="quiet" type="button" data-close aria-label="Close">
          {icons.close()}
        </button>
      </header>
      <p class={now.stale ? "vehicle-now stale" : "vehicle-now"}>
        <span class="figure">
          <b data-now="speed">{fixed(speed, 0)}</b> km/h <span data-now="compass">{compass(now)}</span>
        </span>
        <span class="when">
          as of <time data-now="as_of">{as_of === null ? "–" : clockSeconds(as_of, zone)}</time>,{" "}
          <span data-now="age">{as_of === null ? "" : span(frame.now_ms - as_of)}</span> ago
        </span>
      </p>
      <section class="track">
        <h3>
          Last 30 min <small>{totalWords(totals)}</small>
        </h3>
        {measured ? (
          <SpeedChart
            points={track}
            from_ms={from_ms}
            to_ms={frame.now_ms}
            zone={zone}
            label={`Speed of ${name} from ${clockTime(from_ms, zone)} to ${clockTime(frame.now_ms, zone)}`}
          />
        ) : (
          <p class="empty">
            {track.length === 0
              ? "No position in the last 30 min."
              : "Its receiver tells places, but no speed: the trail on the map is all there is."}
          </p>
        )}
      </section>
      <p class="links">
        <a href={`/api/vehicles/${encodeURIComponent(vehicleId(now))}/track`}>track as JSON</a>
      </p>
    </article>
  );
};

/** `2.6 km, 12 min moving, 3 min stopped, 165 positions, 1 jump left out` */
function totalWords({ points_n, distance_km, moving_s, stopped_s, jumps_n }: TrackTotals): string {
  if (points_n === 0) return "";
  return [
    `${fixed(distance_km, 1)} km`,
    `${span(moving_s * 1_000)} moving`,
    `${span(stopped_s * 1_000)} stopped`,
    `${count(points_n)} ${points_n === 1 ? "position" : "positions"}`,
    ...(jumps_n === 0 ? [] : [`${count(jumps_n)} ${jumps_n === 1 ? "jump" : "jumps"} left out`]),
  ].join(", ");
}
