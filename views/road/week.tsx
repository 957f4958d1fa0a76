/** A road's week: hour × weekday, how far below free flow, with what each cell is made from. */
import type { ProfileCell, RoadProfile } from "../../src/serving/episode-answer.ts";
import { Hatch } from "../charts/hatch.tsx";
import { HeatLegend, HeatMap } from "../charts/heat-map.tsx";
import { clockTime, count, dateTime, fixed } from "../format.ts";
import type { Frame } from "../page.ts";

const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;
/** Windows under which a cell says too little: less than half an hour. */
const N_MIN = 6;
/** The scale's end: 60 % below free flow. */
const TOP = 60;

const two = (n: number): string => String(n).padStart(2, "0");

/** Percent below free flow, never negative. */
const below = ({ mean_speed, free_flow_speed }: ProfileCell): number | null =>
  mean_speed === null || free_flow_speed === null || free_flow_speed === 0
    ? null
    : Math.max(0, 100 * (1 - mean_speed / free_flow_speed));

const words = (cell: ProfileCell): string => {
  const at = `${WEEKDAYS[cell.weekday - 1]} ${two(cell.hour)}:00–${two(cell.hour + 1)}:00`;
  const value = below(cell);
  return value === null
    ? `${at}: no data`
    : `${at}: ${fixed(cell.mean_speed, 0)} km/h, ${fixed(value, 0)} % below free flow, p10 to p90 ${fixed(cell.p10, 0)} to ${fixed(cell.p90, 0)} (n ${count(cell.windows_n)} of ${count(cell.windows_expected)} windows)`;
};

export const RoadWeek = ({ frame, profile }: { frame: Frame; profile: RoadProfile }) => {
  const { zone } = frame.city;
  const { cells, from, to } = profile;
  const id = encodeURIComponent(profile.road_id);
  if (from === null || to === null || cells.every(({ windows_n }) => windows_n === 0))
    return (
      <section class="week">
        <h2>Its week</h2>
        <p class="empty">
          {from === null
            ? "The week is made each night from the 28 days before: it has not been made yet."
            : "No whole day of this road has been seen in the last 28 days."}
        </p>
      </section>
    );
  const windows_n = cells.reduce((sum, cell) => sum + cell.windows_n, 0);
  const expected = cells.reduce((sum, cell) => sum + cell.windows_expected, 0);
  const rows = WEEKDAYS.map((name, day) => ({ name, cells: cells.slice(day * 24, day * 24 + 24) }));
  return (
    <section class="week">
      <h2>
        Its week <small>percent below free flow, by hour and weekday</small>
      </h2>
      <Hatch />
      <div class="heat-wrap">
        <HeatMap
          label="Hour by weekday: how far below free flow. The table below has the figures."
          rows={rows.map((row) => ({
            name: row.name,
            cells: row.cells.map((cell) => ({ value: below(cell), n: cell.windows_n, words: words(cell) })),
          }))}
          top={TOP}
          n_min={N_MIN}
        />
      </div>
      <HeatLegend top={TOP} unit="% below and more" n_min={N_MIN} />
      <details>
        <summary>The figures: mean km/h, and n of windows</summary>
        <div class="scroll" tabindex={0} role="region" aria-label="The week in figures">
          <table>
            <thead>
              <tr>
                <th scope="col">hour</th>
                {WEEKDAYS.map((name) => (
                  <th scope="col" class="n">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {Array.from({ length: 24 }, (_, hour) => (
                <tr>
                  <th scope="row">{two(hour)}:00</th>
                  {rows.map((row) => {
                    const cell = row.cells[hour]!;
                    return (
                      <td class="n">
                        {fixed(cell.mean_speed, 0)} <small>{cell.windows_n}</small>
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
      <p class="note">
        {count(windows_n)} of {count(expected)} windows observed, {dateTime(Date.parse(from), zone)} to{" "}
        {dateTime(Date.parse(to), zone)}, times in {zone}. Means are arithmetic, over events; made each night.{" "}
        <a href={`/api/roads/${id}/profile?format=csv`}>CSV</a>
      </p>
    </section>
  );
};

/** For a day's note: when a band is of. */
export const bandWords = ({ from, to }: Pick<RoadProfile, "from" | "to">, zone: string): string =>
  from === null || to === null
    ? "There is no usual week yet."
    : `Band: 10 to 90 % of the windows of this hour and weekday in the 28 days to ${dateTime(Date.parse(to), zone).slice(0, 10)} ${clockTime(Date.parse(to), zone)}; line in it: their median.`;
