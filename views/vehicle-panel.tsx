/** One vehicle: what it does now, and its last half hour. */
import { clockSeconds, clockTime, count, fixed, instant, num, span } from "./format.ts";
import { SpeedChart } from "./charts/speed-chart.tsx";
import { icons } from "./icons.tsx";
import type { Frame } from "./page.ts";
import { trackLength_km, trackText, type TrackPoint } from "./vehicle-track.ts";
import { compass, vehicleId, vehicleName, vehicleWords, type Row } from "./vehicle-words.ts";

export interface VehicleView {
  now: Row & { as_of: string; stale: boolean };
  track: readonly TrackPoint[];
  from_ms: number;
}

export const VehiclePanel = ({ frame, view }: { frame: Frame; view: VehicleView }) => {
  const { now, track, from_ms } = view;
  const { zone } = frame.city;
  const name = vehicleName(now);
  const speed = num(now["speed"]);
  const as_of = instant(now.as_of);
  const measured = track.some((point) => point.speed !== null);
  const breaks = track.filter(({ gap }) => gap).length - 1;
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
          Last 30 min{" "}
          <small>
            {track.length === 0
              ? ""
              : `${fixed(trackLength_km(track), 1)} km in ${count(track.length)} positions${breaks > 0 ? `, ${breaks} ${breaks === 1 ? "gap" : "gaps"}` : ""}`}
          </small>
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
        <a href={`/api/data/vehicles?key=${encodeURIComponent(vehicleId(now))}`}>positions as JSON</a>
      </p>
    </article>
  );
};
