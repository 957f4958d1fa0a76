/** A location's air in the next 24 hours, with its band, beside how far such forecasts were off lately. */
import { aqiCategories } from "../src/core/aqi.ts";
import { hours } from "../src/core/time.ts";
import type { WindowRow } from "../src/serving/answer.ts";
import type { AirForecastRow } from "../src/serving/air-forecast.ts";
import { airWords } from "./air-words.ts";
import { HoursAhead } from "./charts/hours-ahead.tsx";
import type { Point } from "./charts/scale.ts";
import { clockTime, count, fixed, instant, num, span } from "./format.ts";
import { percentText } from "./predictions/words.ts";

export interface AirAheadProps {
  location: string;
  /** Null where history is away. */
  forecast: readonly AirForecastRow[] | null;
  /** Hours of the readings, oldest first. */
  windows: readonly WindowRow[];
  now_ms: number;
  zone: string;
}

const HOUR_MS = hours(1);
const BEFORE_MS = hours(24);
/** Told in the sentence. */
const TOLD = 6;

const METHODS: Readonly<Record<AirForecastRow["method"], string>> = {
  model: "by a model that is learnt here",
  persistence: "as it is now: there is too little to learn from",
};

export const AirAhead = ({ location, forecast, windows, now_ms, zone }: AirAheadProps) => {
  const first = forecast?.[0];
  return (
    <section class="air-ahead" aria-label="Next 24 hours">
      <h3>
        Next 24 h{" "}
        {first === undefined ? null : (
          <small>
            US EPA AQI, means of each hour; made at {clockTime(instant(first.made_at) ?? now_ms, zone)}
            {first.stale
              ? `, ${span(now_ms - (instant(first.made_at) ?? now_ms))} ago: none is newer`
              : ""},{" "}
            {METHODS[first.method]}
          </small>
        )}
      </h3>
      {forecast === null ? (
        <p class="empty">Forecasts cannot be read now: history is away.</p>
      ) : first === undefined ? (
        <p class="empty">
          No forecast of {location}: one is made every hour, of locations that have told something in the last
          three, once there is enough to say how sure it is.
        </p>
      ) : (
        <Ahead location={location} forecast={forecast} windows={windows} now_ms={now_ms} zone={zone} />
      )}
    </section>
  );
};

const Ahead = ({
  location,
  forecast,
  windows,
  now_ms,
  zone,
}: AirAheadProps & { forecast: readonly AirForecastRow[] }) => {
  const by_start = new Map(windows.map((row) => [instant(row["window_start"]), num(row["aqi_value_mean"])]));
  const from_ms = Math.ceil((now_ms - BEFORE_MS) / HOUR_MS) * HOUR_MS;
  const came: Point[] = [];
  for (let at = from_ms; at <= now_ms; at += HOUR_MS)
    came.push({ x: at + HOUR_MS / 2, y: by_start.get(at) ?? null });
  const ahead = forecast.map((row) => ({
    ...row,
    x: (instant(row.timestamp) ?? 0) + HOUR_MS / 2,
    expected: row.aqi,
  }));
  const to_ms = Math.max(...ahead.map(({ x }) => x)) + HOUR_MS / 2;
  const most = Math.max(...ahead.map(({ high_90 }) => high_90), ...came.map(({ y }) => y ?? 0));
  const limits = aqiCategories.map((word, i) => ({
    at: i === 0 ? 0 : airWords[aqiCategories[i - 1]!].to!,
    word,
  }));
  const top = Math.max(100, limits.find(({ at }) => at >= most)?.at ?? Math.ceil(most / 100) * 100);
  return (
    <figure class="chart">
      <HoursAhead
        label={`AQI at ${location} over the last 24 hours and as it is expected over the next; the table below has the figures`}
        unit="AQI"
        came={came}
        ahead={ahead}
        from_ms={from_ms}
        now_ms={now_ms}
        to_ms={to_ms}
        zone={zone}
        top={top}
        lines={[...limits.filter(({ at }) => at < top), { at: top }]}
      />
      <figcaption>
        <span>
          <svg viewBox="0 0 18 10" width="18" height="10" aria-hidden="true">
            <line class="actual" x1="1" y1="5" x2="17" y2="5" />
          </svg>{" "}
          came
        </span>
        <span class="fan">
          <svg viewBox="0 0 18 10" width="18" height="10" aria-hidden="true">
            <line class="expected" x1="1" y1="5" x2="17" y2="5" />
          </svg>{" "}
          expected
        </span>
        <span class="fan">
          <svg viewBox="0 0 18 10" width="18" height="10" aria-hidden="true">
            <rect class="fan-50" x="1" y="1" width="16" height="8" />
          </svg>{" "}
          half of cases
        </span>
        <span class="fan">
          <svg viewBox="0 0 18 10" width="18" height="10" aria-hidden="true">
            <rect class="fan-90" x="1" y="1" width="16" height="8" />
          </svg>{" "}
          nine of ten
        </span>
      </figcaption>
      <p class="note">
        {judgedText(forecast)}{" "}
        <a href={`/api/air-quality/forecast?location=${encodeURIComponent(location)}`}>JSON</a>
      </p>
      <details class="why">
        <summary>As a table</summary>
        <div class="scroll" tabindex={0} role="region" aria-label="Air in the next 24 hours">
          <table>
            <thead>
              <tr>
                <th scope="col">hour</th>
                <th scope="col" class="n">
                  AQI
                </th>
                <th scope="col">category</th>
                <th scope="col" class="n">
                  half of cases
                </th>
                <th scope="col" class="n">
                  nine of ten
                </th>
                <th scope="col" class="n">
                  off lately
                </th>
                <th scope="col" class="n">
                  had it stayed
                </th>
                <th scope="col" class="n">
                  within nine of ten
                </th>
                <th scope="col" class="n">
                  compared
                </th>
              </tr>
            </thead>
            <tbody>
              {forecast.map((row) => (
                <tr>
                  <th scope="row">{clockTime(instant(row.timestamp) ?? 0, zone)}</th>
                  <td class="n">{count(row.aqi)}</td>
                  <td>{row.aqi_category}</td>
                  <td class="n">
                    {row.low_50}–{row.high_50}
                  </td>
                  <td class="n">
                    {row.low_90}–{row.high_90}
                  </td>
                  <td class="n">{fixed(row.accuracy_mae, 1)}</td>
                  <td class="n">{fixed(row.accuracy_persistence_mae, 1)}</td>
                  <td class="n">{percentText(row.accuracy_inside_90)}</td>
                  <td class="n">{count(row.accuracy_n)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  );
};

/** Of all locations' forecasts: one alone has too few. */
export function judgedText(forecast: readonly AirForecastRow[]): string {
  const row = forecast.find(({ hours_ahead, accuracy_mae }) => hours_ahead >= TOLD && accuracy_mae !== null);
  if (row === undefined || row.accuracy_mae === null)
    return "No forecast has come to its hour yet, so nothing is known of how good they are.";
  const stays = row.accuracy_persistence_mae;
  const beside =
    stays === null
      ? ""
      : `, ${row.accuracy_mae < stays ? "better than" : "no better than"} "it stays as it is" (${fixed(stays, 1)})`;
  return `Over the last 14 days forecasts ${row.hours_ahead} hours ahead were ${fixed(row.accuracy_mae, 1)} off on average over all locations${beside}, from ${count(row.accuracy_n)} compared.`;
}
