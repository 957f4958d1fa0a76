/** Live figures, and how speeds and air quality are distributed over the range. */
import type { Statistics } from "../../src/serving/analytics/answer.ts";
import { airWords } from "../air-words.ts";
import { Histogram, type Bin } from "../charts/histogram.tsx";
import { clockSeconds, count, fixed } from "../format.ts";
import { markup } from "../markup.ts";
import { footOf, NothingYet, Panel, TableOf, zoneText, type PanelContext } from "./panel.tsx";
import { LineKeys } from "./speed-by-hour.tsx";
import { percent, speedText } from "./words.ts";

export interface StatisticsProps {
  context: PanelContext;
  answer: Statistics;
  csv: string;
  csv_aqi: string;
}

const LIVE_S = 10;

export const StatisticsPanel = ({ context, answer, csv, csv_aqi }: StatisticsProps) => {
  const { speed, aqi } = answer;
  return (
    <Panel
      context={context}
      name="statistics"
      title="Statistics"
      unit="now, and over the range"
      csv={csv}
      svg
      coverage={speed.n === 0 ? null : speed.coverage}
      foot={
        speed.n === 0
          ? zoneText(context.city.zone, context.query.from_ms)
          : footOf(
              speed,
              `mean ${speedText(speed.mean_speed)} over events; bins of 5-min means of roads`,
              context,
            )
      }
    >
      <div id="live-figures" hx-get="/analytics/live" hx-trigger={`every ${LIVE_S}s`} hx-swap="innerMorph">
        <LiveFigures live={answer.live} context={context} />
      </div>
      <div class="pair">
        <div>
          <h3>Distribution of speed, share of 5-min means</h3>
          {speed.n === 0 ? (
            <NothingYet context={context} what="speed was measured" />
          ) : (
            <>
              <SpeedDistributionChart answer={answer} />
              {speed.compared === null ? null : <LineKeys of={context.query.compare} band={false} />}
              <p class="note">
                half of the time between {fixed(speed.percentiles.p25, 0)} and{" "}
                {fixed(speed.percentiles.p75, 0)} km/h; slowest 5 % under {fixed(speed.percentiles.p5, 0)},
                fastest 5 % over {fixed(speed.percentiles.p95, 0)}
              </p>
              <TableOf
                label="Distribution of speed"
                heads={["km/h", "5-min means", "Share"]}
                rows={speed.bins
                  .filter(({ windows_n }) => windows_n > 0)
                  .map(({ from, to, windows_n }) => [
                    to === null ? `${from} and more` : `${from}–${to}`,
                    count(windows_n),
                    percent(windows_n / speed.windows_n),
                  ])}
              />
            </>
          )}
        </div>
        <div>
          <h3>
            Air quality, hours of locations by category{" "}
            {aqi === null ? null : (
              <a href={csv_aqi} aria-label="Air quality by category: CSV">
                CSV
              </a>
            )}
          </h3>
          <AqiCategories aqi={aqi} context={context} />
        </div>
      </div>
    </Panel>
  );
};

const binsOf = (bins: Statistics["speed"]["bins"]): Bin[] =>
  bins.map(({ from, to, windows_n }) => ({ from, to, n: windows_n }));

export const SpeedDistributionChart = ({ answer: { speed } }: { answer: Statistics }) => (
  <Histogram
    label="Distribution of 5-min mean speeds; the table below has the figures"
    unit="km/h"
    bins={binsOf(speed.bins)}
    compared={speed.compared === null ? null : binsOf(speed.compared.bins)}
  />
);

const AqiCategories = ({ aqi, context }: { aqi: Statistics["aqi"]; context: PanelContext }) => {
  if (aqi === null) return <p class="empty">No readings of air are taken here.</p>;
  if (aqi.hours_n === 0) return <NothingYet context={context} what="air was measured" />;
  const most = Math.max(1, ...aqi.categories.map(({ hours_n }) => hours_n));
  return (
    <>
      <table class="bars aqi-bars">
        <caption class="hidden">Hours of locations by category of air quality</caption>
        <thead>
          <tr>
            <th scope="col">Category</th>
            <td></td>
            <th scope="col" class="n">
              Hours
            </th>
            <th scope="col" class="n">
              Share
            </th>
          </tr>
        </thead>
        <tbody>
          {aqi.categories.map(({ category, from, to, hours_n }) => (
            <tr class={airWords[category].class}>
              <th scope="row">
                {category} <small>{to === null ? `${from}+` : `${from}–${to}`}</small>
              </th>
              <td class="bar">
                <svg width="100%" height="14" aria-hidden="true">
                  <rect class="above" width={`${((hours_n / most) * 100).toFixed(1)}%`} height="14" />
                  <rect class="epa" width="4" height="14" />
                </svg>
              </td>
              <td class="n">{count(hours_n)}</td>
              <td class="n more">{percent(hours_n / aqi.hours_n)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="note">
        mean {fixed(aqi.mean, 0)}, median {fixed(aqi.percentiles.p50, 0)}, greatest {fixed(aqi.max, 0)};{" "}
        {count(aqi.locations)} locations, coverage {percent(aqi.coverage, 0)} of {count(aqi.hours_expected)}{" "}
        hours; US EPA's index, hourly means
      </p>
    </>
  );
};

export const LiveFigures = ({
  live,
  context: { city, now_ms },
}: {
  live: Statistics["live"];
  context: Pick<PanelContext, "city" | "now_ms">;
}) => (
  <>
    <dl class="figures">
      <Figure name="Mean speed now" value={fixed(live.mean_speed, 1)} more="km/h, over roads that report" />
      <Figure
        name="Congested now"
        value={count(live.congested)}
        more={
          live.reporting === 0
            ? "no road reports"
            : `${percent(live.congested / live.reporting)} of ${count(live.reporting)}`
        }
      />
      <Figure name="Roads reporting" value={count(live.reporting)} more={`of ${count(live.roads)}`} />
      {live.aqi === null ? null : (
        <Figure
          name="AQI now, mean"
          value={fixed(live.aqi.mean, 0)}
          more={
            live.aqi.max === null
              ? "no location reports"
              : `highest ${fixed(live.aqi.max, 0)}, ${live.aqi.category ?? "–"}; ${count(live.aqi.locations)} locations`
          }
        />
      )}
    </dl>
    <p class="note">
      {live.as_of === null
        ? "No road has reported yet"
        : `As of ${clockSeconds(Date.parse(live.as_of), city.zone)}, ${live.layer === "speed" ? "live" : "≈ from history"}`}
      ; asked again each {LIVE_S} s, now {clockSeconds(now_ms, city.zone)}.
    </p>
  </>
);

const Figure = ({ name, value, more }: { name: string; value: string; more: string }) => (
  <div>
    <dt>{name}</dt>
    <dd>
      <b>{value}</b>
      <small>{more}</small>
    </dd>
  </div>
);

/** The live figures alone. */
export const liveFragment = (
  live: Statistics["live"],
  context: Pick<PanelContext, "city" | "now_ms">,
): string => markup(<LiveFigures live={live} context={context} />);
