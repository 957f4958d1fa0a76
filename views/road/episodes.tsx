/** A road's last episodes of congestion: when, how bad, what they cost, and how much of each was observed. */
import type { EpisodeRow } from "../../src/serving/episode-answer.ts";
import { clockTime, count, dateTime, delay, fixed } from "../format.ts";
import type { Frame } from "../page.ts";
import { observedWords } from "./days.ts";

export interface RoadEpisodesProps {
  frame: Frame;
  road_id: string;
  rows: readonly EpisodeRow[];
  /** Begin of what was looked through. */
  from: string;
}

const WINDOW_MIN = 5;

export const RoadEpisodes = ({ frame, road_id, rows, from }: RoadEpisodesProps) => {
  const counted = rows.some(({ vehicle_hours }) => vehicle_hours !== null);
  const { zone } = frame.city;
  const id = encodeURIComponent(road_id);
  return (
    <section class="episodes">
      <h2>
        Episodes{" "}
        <small>{rows.length === 0 ? "" : `${count(rows.length)}, `}newest first, of the last 28 days</small>
      </h2>
      {rows.length === 0 ? (
        <p class="empty">
          This road has not been congested for 5 minutes in the last 28 days, as far as it was observed.
        </p>
      ) : (
        <div class="scroll" tabindex={0} role="region" aria-label="Episodes of this road">
          <table>
            <thead>
              <tr>
                <th scope="col">from, {zone}</th>
                <th scope="col">to</th>
                <th scope="col" class="n">
                  min
                </th>
                <th scope="col" class="n">
                  worst, % of free flow
                </th>
                <th scope="col" class="n">
                  lost per vehicle, m:ss
                </th>
                {counted ? (
                  <th scope="col" class="n">
                    vehicle-hours
                  </th>
                ) : null}
                <th scope="col">observed</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr>
                  <th scope="row">
                    <a href={`/?road=${id}&t=${row.worst_at}`} title="The map at its worst">
                      {dateTime(Date.parse(row.started_at), zone)}
                    </a>
                  </th>
                  <td class="nowrap">{endWords(row, zone)}</td>
                  <td class="n">{count(row.minutes)}</td>
                  <td class="n">{fixed(row.worst_ratio * 100, 0)}</td>
                  <td class="n">{delay(row.mean_delay_s)}</td>
                  {counted ? <td class="n">{fixed(row.vehicle_hours, 1)}</td> : null}
                  <td class="nowrap">
                    {observedWords(row.windows_n * WINDOW_MIN, row.windows_expected * WINDOW_MIN)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <p class="note">
        Begins below half of free flow, ends above 65 %; after 15 min without data its end is not known.{" "}
        <a href={`/api/analytics/episodes?roads=${id}&from=${from}&format=csv`}>CSV</a>
      </p>
    </section>
  );
};

const endWords = ({ ended_at, end }: EpisodeRow, zone: string): string =>
  ended_at === null
    ? "goes on"
    : `${clockTime(Date.parse(ended_at), zone)}${end === "unknown" ? ", data ended" : ""}`;
