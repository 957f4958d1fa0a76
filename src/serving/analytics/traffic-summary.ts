/** The city over a range in a dozen figures, beside what it is compared with. */
import type { HourFigures, TrafficDifference, TrafficFigures, TrafficSummary } from "./answer.ts";
import { hourFigures } from "./by-hour.ts";
import type { Cell } from "./calendar.ts";
import { difference, fold, percentilesOf, presentOf, speedsOf } from "./fold.ts";
import { answered, newestOf } from "./provenance.ts";
import { askedOf, comparedWith, periodOf, type Question } from "./question.ts";
import type { Asked, Origin, Reads } from "./reads.ts";
import { byRoad, delayIndex } from "./roads-fold.ts";

interface Made {
  figures: TrafficFigures;
  cells: readonly Cell[];
  origins: readonly Origin[];
}

export const trafficSummary = (reads: Reads, query: Question) =>
  answered<TrafficSummary>(reads.context, reads.traffic, async () => {
    const ranges = comparedWith(query);
    const [asked, compared] = await Promise.all([
      figuresOf(reads, [askedOf(query)]),
      ranges.length === 0 ? null : figuresOf(reads, ranges),
    ]);
    return {
      data: {
        asked: asked.figures,
        compared: compared === null ? null : { of: query.compared!.of, ...compared.figures },
        difference: compared === null ? null : differenceOf(asked.figures, compared.figures),
      },
      facts: {
        origins: [...asked.origins, ...(compared?.origins ?? [])],
        newest_ms: newestOf(asked.cells),
        coverage: asked.figures.coverage,
      },
    };
  });

/** Of one range, or of several together. */
async function figuresOf(reads: Reads, ranges: readonly Asked[]): Promise<Made> {
  const [tables, roads] = await Promise.all([
    Promise.all(ranges.map((range) => reads.hours(range))),
    Promise.all(ranges.map((range) => reads.roads(range))),
  ]);
  const { measures } = reads;
  const cells = tables.flatMap((table) => table.cells);
  const keys = reads.expected(ranges[0]!);
  const folded = fold(measures, cells);
  const of_roads = byRoad(
    measures,
    roads.flatMap(({ groups }) => groups),
  );
  // Least and greatest are the roads' own: those of the city hold also what is left out.
  const each = { columns: measures.columns.filter(({ edges }) => edges === undefined) };
  const { min_speed, max_speed } = speedsOf(
    measures,
    fold(
      each,
      of_roads.values().map((kept) => ({ kept, due: 0 })),
    ).kept,
  );
  const figures: TrafficFigures = {
    periods: ranges.map(periodOf),
    ...presentOf(folded, keys),
    ...speedsOf(measures, folded.kept),
    min_speed,
    max_speed,
    percentiles: percentilesOf(measures, folded.kept),
    delay_index: delayIndex(measures, of_roads.values()),
    roads_seen: of_roads.size,
    busiest_hour: busiest(hourFigures(measures, cells, keys, reads.context.city.peak_hours)),
  };
  return { figures, cells, origins: [...tables, ...roads] };
}

/** Of hours that are equal, the first. */
export function busiest(hours: readonly HourFigures[]): HourFigures | null {
  let worst: HourFigures | null = null;
  for (const hour of hours)
    if (hour.congested_share !== null && hour.congested_share > (worst?.congested_share ?? -1)) worst = hour;
  return worst;
}

const differenceOf = (a: TrafficFigures, b: TrafficFigures): TrafficDifference => ({
  mean_speed: difference(a.mean_speed, b.mean_speed),
  free_flow_speed: difference(a.free_flow_speed, b.free_flow_speed),
  p50: difference(a.percentiles.p50, b.percentiles.p50),
  congested_share: difference(a.congested_share, b.congested_share),
  delay_index: difference(a.delay_index, b.delay_index),
  pace_s: difference(a.pace_s, b.pace_s),
});
