/** One location: its index now, the last 48 h with traffic beside it, its pollutants, and its usual day. */
import { aqiCategories, aqiOf, pollutants } from "../src/core/aqi.ts";
import { inHours, type City } from "../src/core/city.ts";
import { formatInstant, instantOfLocal, startOfDay, zoneOffset } from "../src/core/time.ts";
import type { WindowRow } from "../src/serving/answer.ts";
import type { Correlation, HourMean } from "../src/serving/profile.ts";
import type { Station } from "./air-stations.ts";
import { airWords, pollutantShort, pollutantWords } from "./air-words.ts";
import { HourColumns } from "./charts/hour-columns.tsx";
import { TimeRows, zoneWords, type TimeSample } from "./charts/time-rows.tsx";
import { clockTime, count, dateTime, fixed, instant, num, span } from "./format.ts";
import type { Frame } from "./page.ts";

export interface LocationHours {
  location: string;
  /** History could not be asked: what was is not known now. */
  away: boolean;
  /** Kept hours of the last 48 h, oldest first. */
  windows: readonly WindowRow[];
  /** 24 hours of the day, over `days` days. */
  profile: readonly HourMean[];
  days: number;
  peak: { aqi: PeakMeans; traffic: PeakMeans };
  correlation: Correlation | null;
}
interface PeakMeans {
  peak: number | null;
  other: number | null;
}

interface Props {
  frame: Frame;
  city: Pick<City, "name" | "zone" | "peak_hours">;
  /** Null where it is silent now. */
  station: Station | null;
  hours: LocationHours;
}

const HOUR_MS = 3_600_000;
const SHOWN_MS = 48 * HOUR_MS;
/** Where each category begins: the lines of the chart. */
const LINES = aqiCategories.map((word, i) => ({
  at: i === 0 ? 0 : airWords[aqiCategories[i - 1]!].to!,
  word,
}));

export const AirLocation = ({ frame, city, station, hours }: Props) => {
  const { zone } = city;
  const to_ms = Math.ceil(frame.now_ms / HOUR_MS) * HOUR_MS;
  const from_ms = to_ms - SHOWN_MS;
  const aqi = samplesOf(hours.windows, "aqi_value", from_ms, to_ms);
  const traffic = samplesOf(hours.windows, "traffic_level", from_ms, to_ms);
  const most = Math.max(0, ...aqi.map((s) => s.most ?? s.mean ?? 0));
  const top = Math.max(100, LINES.find(({ at }) => at >= most)?.at ?? Math.ceil(most / 100) * 100);
  const csv = `/api/streams/readings/windows/${encodeURIComponent(hours.location)}?from=${formatInstant(from_ms)}&to=${formatInstant(to_ms)}&format=csv`;
  return (
    <section class="air-location" id="location" aria-labelledby="location-name">
      <h2 id="location-name">{hours.location}</h2>
      <div class="air-location-parts">
        <Now station={station} frame={frame} />
        <figure class="chart">
          <figcaption>
            <span>Last 48 h, means of each hour; pale: up to the greatest.</span>
            <span>
              <svg viewBox="0 0 14 10" width="14" height="10" aria-hidden="true">
                <rect class="shaded" width="14" height="10" />
              </svg>{" "}
              peak hours {peakText(city.peak_hours)}
            </span>
          </figcaption>
          {hours.windows.length === 0 ? (
            <p class="empty plot-empty">
              {hours.away
                ? "History cannot be read now: the last 48 h are shown again when it is back."
                : `No reading of the last 48 h is stored for ${hours.location}.`}
            </p>
          ) : (
            <TimeRows
              rows={[
                { label: "US EPA AQI", samples: aqi, top, lines: linesUpTo(top) },
                {
                  label: "Traffic level, % (0 free, 100 standing)",
                  samples: traffic,
                  top: 100,
                  lines: [{ at: 50 }, { at: 100 }],
                },
              ]}
              from_ms={from_ms}
              to_ms={to_ms}
              zone={zone}
              shaded={peakSpans(city.peak_hours, from_ms, to_ms, zone)}
              label={`AQI and traffic level at ${hours.location} in the last 48 hours; the table below has the figures`}
            />
          )}
          <p class="note">
            The hour that is not over yet is the mean so far; {zoneWords(to_ms, zone)}. <a href={csv}>CSV</a>
          </p>
          <HoursTable hours={hours} zone={zone} />
        </figure>
      </div>
      <UsualDay hours={hours} city={city} />
    </section>
  );
};

const Now = ({ station, frame }: { station: Station | null; frame: Frame }) => {
  if (station === null) return <p class="empty air-facts">Silent: no reading in the last 15 minutes.</p>;
  const { category, aqi, dominant, traffic_level, as_of_ms, stale, row } = station;
  return (
    <div class={`air-facts${stale ? " stale" : ""}`}>
      <p class={`air-value ${category === null ? "aqi-none" : airWords[category].class}`}>
        <b>{count(aqi)}</b>
        <span>
          {category ?? "no index"}
          <small>
            {stale ? "as of" : "read"} {clockTime(as_of_ms, frame.city.zone)}, {span(frame.now_ms - as_of_ms)}{" "}
            ago
          </small>
        </span>
      </p>
      <p class="note">
        {dominant === null ? "No pollutant was sent with it. " : `Made by ${pollutantShort(dominant)}. `}
        {traffic_level === null ? "No traffic level." : `Traffic level ${count(traffic_level)} %.`}
      </p>
      <table class="pollutants">
        <thead>
          <tr>
            <th scope="col">Pollutant</th>
            <th scope="col" class="n">
              µg/m³
            </th>
            <th scope="col" class="n">
              AQI
            </th>
          </tr>
        </thead>
        <tbody>
          {pollutants.map((name) => {
            const value = num(row[name]);
            return (
              <tr class={name === dominant ? "dominant" : undefined}>
                <th scope="row">
                  {pollutantWords[name]}
                  {name === dominant ? <span class="hidden">, makes the index</span> : null}
                </th>
                <td class="n">{fixed(value, 1)}</td>
                <td class="n">{value === null ? "–" : count(aqiOf(name, value))}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
};

const HoursTable = ({ hours, zone }: { hours: LocationHours; zone: string }) => (
  <details class="why">
    <summary>As a table</summary>
    <div class="scroll" tabindex={0} role="region" aria-label={`Hours of ${hours.location}`}>
      <table>
        <thead>
          <tr>
            <th scope="col">Hour from</th>
            <th scope="col" class="n">
              AQI
            </th>
            <th scope="col" class="n">
              greatest
            </th>
            <th scope="col" class="n">
              Traffic, %
            </th>
            <th scope="col" class="n">
              PM2.5, µg/m³
            </th>
            <th scope="col" class="n">
              Readings
            </th>
          </tr>
        </thead>
        <tbody>
          {hours.windows.toReversed().map((row) => (
            <tr>
              <th scope="row">{dateTime(instant(row["window_start"]) ?? 0, zone)}</th>
              <td class="n">{fixed(num(row["aqi_value_mean"]), 0)}</td>
              <td class="n">{count(num(row["aqi_value_max"]))}</td>
              <td class="n">{fixed(num(row["traffic_level_mean"]), 0)}</td>
              <td class="n">{fixed(num(row["pm2_5_mean"]), 1)}</td>
              <td class="n">{count(num(row["n"]))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  </details>
);

const UsualDay = ({ hours, city }: { hours: LocationHours; city: Props["city"] }) => {
  const { profile, peak, correlation, days } = hours;
  const means = (field: string): (number | null)[] => profile.map((hour) => hour.means[field] ?? null);
  const [aqi, traffic] = [means("aqi_value_mean"), means("traffic_level_mean")];
  const isPeak = (hour: number): boolean => inHours(city.peak_hours, hour);
  const top = (all: readonly (number | null)[], least: number): number =>
    Math.max(least, ...all.map((v) => v ?? 0)) * 1.15;
  const seen = profile.filter((hour) => hour.n > 0).length;
  return (
    <section class="usual-day">
      <h3>By hour of the day, last {days} days</h3>
      {seen === 0 ? (
        <p class="empty">
          {hours.away ? "History cannot be read now." : "No hour is stored yet: this fills as readings come."}
        </p>
      ) : (
        <>
          <p class="because">
            {peakSentence("AQI", peak.aqi, "")} {peakSentence("Traffic level", peak.traffic, " %")}{" "}
            {correlationSentence(correlation)}
          </p>
          <div class="hour-rows">
            <HourColumns label="Mean AQI" means={aqi} top={top(aqi, 20)} isPeak={isPeak} />
            <HourColumns
              label="Mean traffic level, %"
              means={traffic}
              top={top(traffic, 20)}
              isPeak={isPeak}
            />
          </div>
          <details class="why">
            <summary>As a table</summary>
            <div class="scroll" tabindex={0} role="region" aria-label="Means by hour of the day">
              <table>
                <thead>
                  <tr>
                    <th scope="col">Hour</th>
                    <th scope="col" class="n">
                      AQI
                    </th>
                    <th scope="col" class="n">
                      Traffic, %
                    </th>
                    <th scope="col" class="n">
                      Readings
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {profile.map(({ hour, n }) => (
                    <tr>
                      <th scope="row">
                        {String(hour).padStart(2, "0")}:00{isPeak(hour) ? <small> peak</small> : null}
                      </th>
                      <td class="n">{fixed(aqi[hour], 0)}</td>
                      <td class="n">{fixed(traffic[hour], 0)}</td>
                      <td class="n">{count(n)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </details>
        </>
      )}
    </section>
  );
};

/** Only where both were seen. */
export const peakSentence = (name: string, { peak, other }: PeakMeans, unit: string): string =>
  peak === null || other === null
    ? ""
    : `${name} is ${fixed(peak, 0)}${unit} on average in peak hours, ${fixed(other, 0)}${unit} outside.`;

/** Below this the two are not said to move together. */
const WEAK = 0.2;

export function correlationSentence(found: Correlation | null): string {
  if (found === null) return "";
  const { r, n, lag_h } = found;
  const basis = `(r ${fixed(r, 2).replace("-", "−")}, n ${count(n)} hours)`;
  if (Math.abs(r) < WEAK) return `The air does not move with traffic here ${basis}.`;
  const later = lag_h === 0 ? "in the same hour" : `about ${lag_h} h later`;
  return `The air moves ${r < 0 ? "against" : "with"} traffic ${later} ${basis}; what causes what, this does not say.`;
}

/** `06–10, 16–20` */
export const peakText = (ranges: City["peak_hours"]): string =>
  ranges.map(([from, to]) => `${String(from).padStart(2, "0")}–${String(to).padStart(2, "0")}`).join(", ");

/** One sample per hour of the span: a gap stays a gap. */
export function samplesOf(
  windows: readonly WindowRow[],
  field: string,
  from_ms: number,
  to_ms: number,
): TimeSample[] {
  const by_start = new Map(windows.map((row) => [instant(row["window_start"]), row]));
  const out: TimeSample[] = [];
  for (let at = from_ms; at < to_ms; at += HOUR_MS) {
    const row = by_start.get(at);
    out.push({ x: at + HOUR_MS / 2, mean: num(row?.[`${field}_mean`]), most: num(row?.[`${field}_max`]) });
  }
  return out;
}

/** The peak hours of each local day that the span touches. */
export function peakSpans(
  ranges: City["peak_hours"],
  from_ms: number,
  to_ms: number,
  zone: string,
): (readonly [number, number])[] {
  const out: (readonly [number, number])[] = [];
  for (let day = startOfDay(from_ms, zone); day < to_ms; day = startOfDay(day + 36 * HOUR_MS, zone)) {
    const local = day + zoneOffset(day, zone);
    const midnight = Math.round(local / (24 * HOUR_MS)) * 24 * HOUR_MS;
    for (const [from, to] of ranges) {
      const begin = instantOfLocal(midnight + from * HOUR_MS, zone);
      const end = instantOfLocal(midnight + to * HOUR_MS, zone);
      if (begin !== null && end !== null) out.push([Math.max(from_ms, begin), Math.min(to_ms, end)]);
    }
  }
  return out.filter(([begin, end]) => end > begin);
}

/** Where the scale is long, its lower lines would lie too near to be read. */
const linesUpTo = (top: number): { at: number; word?: string }[] =>
  LINES.filter(({ at }) => at <= top && (top <= 200 || at === 0 || at >= 100)).map(({ at, word }) =>
    at === top ? { at } : { at, word },
  );
