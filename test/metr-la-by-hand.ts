/**
 * A week of Los Angeles' freeways, counted straight from the recording with nothing of ours: what the analytics of the same week are held
 * against. Prints JSON. `bun test/metr-la-by-hand.ts <speed_mph.csv>`
 *
 * Row i of the recording is Thursday 2012-03-01 00:00 in Los Angeles plus i times five minutes; a column is a detector; miles per hour.
 * Summer time began on the 11th: the recording has none of it.
 */
import { readFileSync } from "node:fs";

const KM_PER_MILE = 1.609344;
/** The mapping's free flow, mph; congested is below half of it. */
const FREE_FLOW_MPH = 65;

const lines = readFileSync(process.argv[2]!, "utf8").trim().split("\n");
const ids = lines[0]!.split(",");
const mph = lines.slice(1).map((line) => line.split(",").map(Number));

interface Sum {
  n: number;
  km_h: number;
  congested: number;
}
const zero = (): Sum => ({ n: 0, km_h: 0, congested: 0 });
const by_hour = Array.from({ length: 24 }, zero);
const by_weekday_hour = Array.from({ length: 7 * 24 }, zero);
const by_road = ids.map(zero);
const by_day = new Map<string, Sum>();

for (const [i, row] of mph.entries()) {
  const hour = Math.floor(i / 12) % 24;
  const day = Math.floor(i / 288);
  // The first was a Thursday.
  const weekday = (3 + day) % 7;
  const date = `2012-03-${String(1 + day).padStart(2, "0")}`;
  let of_day = by_day.get(date);
  if (of_day === undefined) by_day.set(date, (of_day = zero()));
  for (const [j, speed] of row.entries()) {
    for (const sum of [by_hour[hour]!, by_weekday_hour[weekday * 24 + hour]!, by_road[j]!, of_day]) {
      sum.n++;
      sum.km_h += speed * KM_PER_MILE;
      if (speed < FREE_FLOW_MPH / 2) sum.congested++;
    }
  }
}

const shown = ({ n, km_h, congested }: Sum) => ({ n, speed: km_h / n, congested_share: congested / n });
const roads = ids.map((road_id, j) => ({ road_id, ...shown(by_road[j]!) }));
roads.sort((a, b) => b.congested_share - a.congested_share || (a.road_id < b.road_id ? -1 : 1));

process.stdout.write(
  `${JSON.stringify({
    detectors: ids.length,
    steps: mph.length,
    by_hour: by_hour.map(shown),
    by_weekday_hour: by_weekday_hour.map((sum) => (sum.n === 0 ? null : shown(sum))),
    by_day: [...by_day].map(([date, sum]) => ({ date, ...shown(sum) })),
    top_roads: roads.slice(0, 20),
  })}\n`,
);
