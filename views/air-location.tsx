/** One location: its index now, its history with traffic beside it, its pollutants, and its usual day. */
import { aqiCategories, aqiOf, pollutants } from "../src/core/aqi.ts";
import type { City } from "../src/core/city.ts";
import { formatInstant } from "../src/core/time.ts";
import type { WindowRow } from "../src/serving/answer.ts";
import { AirAhead, type AirAheadProps } from "./air-ahead.tsx";
import { peakSpans, peakText, samplesOf } from "./air-samples.ts";
import { airSpans, airSpanWords, type AirShown, type AirSpan } from "./air-span.ts";
import type { Station } from "./air-stations.ts";
import { UsualDay, type UsualHours } from "./air-usual.tsx";
import { airWords, pollutantShort, pollutantWords } from "./air-words.ts";
import { TimeRows, zoneWords } from "./charts/time-rows.tsx";
import { clockTime, count, dateTime, fixed, instant, num, span } from "./format.ts";
import type { Frame } from "./page.ts";

export interface LocationHours extends UsualHours {
  location: string;
  /** How far back. */
  shown: AirShown;
  /** Its kept hours, or days of them, oldest first. */
  windows: readonly WindowRow[];
  /** The hours ahead; null where nobody forecasts them. */
  ahead: Pick<AirAheadProps, "forecast" | "windows"> | null;
}

interface Props {
  frame: Frame;
  city: Pick<City, "name" | "zone" | "peak_hours">;
  /** Null where it is silent now. */
  station: Station | null;
  hours: LocationHours;
}

/** Rows of the table; the CSV has all. */
const TABLE_ROWS = 168;
/** Where each category begins: the lines of the chart. */
const LINES = aqiCategories.map((word, i) => ({
  at: i === 0 ? 0 : airWords[aqiCategories[i - 1]!].to!,
  word,
}));

export const AirLocation = ({ frame, city, station, hours }: Props) => {
  const { zone } = city;
  const { span: asked, from_ms, to_ms, step } = hours.shown;
  const words = airSpanWords[asked];
  const aqi = samplesOf(hours.windows, "aqi_value", hours.shown, zone);
  const traffic = samplesOf(hours.windows, "traffic_level", hours.shown, zone);
  const days = asked === "48h" || asked === "7d";
  const most = Math.max(0, ...aqi.map((s) => s.most ?? s.mean ?? 0));
  const top = Math.max(100, LINES.find(({ at }) => at >= most)?.at ?? Math.ceil(most / 100) * 100);
  const csv = `/api/streams/readings/windows/${encodeURIComponent(hours.location)}?from=${formatInstant(from_ms)}&to=${formatInstant(to_ms)}${step === "1d" ? "&step=1d" : ""}&format=csv`;
  return (
    <section class="air-location" id="location" aria-labelledby="location-name">
      <h2 id="location-name">{hours.location}</h2>
      <div class="air-location-parts">
        <Now station={station} frame={frame} />
        <figure class="chart">
          <figcaption>
            <span>
              Last {words}, means of each {step === "1d" ? "day" : "hour"}; pale: up to the greatest.
            </span>
            <Spans location={hours.location} asked={asked} />
            {days ? null : <span>Peak hours are marked up to 7 days.</span>}
            <span hidden={!days}>
              <svg viewBox="0 0 14 10" width="14" height="10" aria-hidden="true">
                <rect class="shaded" width="14" height="10" />
              </svg>{" "}
              peak hours {peakText(city.peak_hours)}
            </span>
          </figcaption>
          {hours.windows.length === 0 ? (
            <p class="empty plot-empty">
              {hours.away
                ? `History cannot be read now: the last ${words} are shown again when it is back.`
                : `No reading of the last ${words} is stored for ${hours.location}.`}
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
              shaded={days ? peakSpans(city.peak_hours, from_ms, to_ms, zone) : []}
              label={`AQI and traffic level at ${hours.location} in the last ${words}; the table below has the figures`}
            />
          )}
          <p class="note">
            The {step === "1d" ? "day" : "hour"} that is not over yet is the mean so far;{" "}
            {zoneWords(to_ms, zone)}. <a href={csv}>CSV</a>
          </p>
          <HoursTable hours={hours} zone={zone} />
        </figure>
      </div>
      {hours.ahead === null ? null : (
        <AirAhead location={hours.location} {...hours.ahead} now_ms={frame.now_ms} zone={zone} />
      )}
      <UsualDay hours={hours} city={city} />
    </section>
  );
};

const Spans = ({ location, asked }: { location: string; asked: AirSpan }) => (
  <span class="spans" role="group" aria-label="How far back">
    {airSpans.map((one) => (
      <a
        href={`/air?location=${encodeURIComponent(location)}&span=${one}#location`}
        aria-current={one === asked ? "true" : undefined}
      >
        {airSpanWords[one]}
      </a>
    ))}
  </span>
);

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
    <summary>
      {hours.windows.length > TABLE_ROWS ? `The newest ${TABLE_ROWS} as a table` : "As a table"}
    </summary>
    <div class="scroll" tabindex={0} role="region" aria-label={`History of ${hours.location}`}>
      <table>
        <thead>
          <tr>
            <th scope="col">From</th>
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
          {hours.windows
            .slice(-TABLE_ROWS)
            .toReversed()
            .map((row) => (
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

/** Where the scale is long, its lower lines would lie too near to be read. */
const linesUpTo = (top: number): { at: number; word?: string }[] =>
  LINES.filter(({ at }) => at <= top && (top <= 200 || at === 0 || at >= 100)).map(({ at, word }) =>
    at === top ? { at } : { at, word },
  );
