/** Rows of the table of roads: the network joined with what is live, filtered, sorted and cut into pages. */
import { congestionLevels, isCongested, type CongestionLevel } from "../src/core/congestion.ts";
import type { City } from "../src/core/city.ts";
import type { CurrentRow } from "../src/serving/answer.ts";
import { delaySeconds, instant, num } from "./format.ts";
import { PAGE_ROWS, type Column, type RoadsQuery } from "./roads-query.ts";

export interface RoadRow {
  road_id: string;
  road_name: string;
  road_class: string | null;
  district: string | null;
  level: CongestionLevel;
  stale: boolean;
  speed: number | null;
  free_flow: number | null;
  ratio: number | null;
  lost_s: number | null;
  as_of_ms: number | null;
}

export interface RoadsPage {
  rows: readonly RoadRow[];
  /** Rows that fit the filter, on all pages. */
  found: number;
  /** Rows without a filter. */
  all: number;
  pages: number;
  page: number;
  districts: readonly string[];
}

/** Badness of a level for sorting: a closed road is worse than a severe one, silence is no badness. */
const badness: Readonly<Record<CongestionLevel, number>> = {
  unknown: 0,
  free: 1,
  moderate: 2,
  heavy: 3,
  severe: 4,
  closed: 5,
};

export function joinRoads(city: City, current: readonly CurrentRow[]): RoadRow[] {
  const now = new Map(current.map((row) => [String(row["road_id"]), row]));
  const rows = city.roads.map((road) => {
    const row = now.get(road.road_id);
    now.delete(road.road_id);
    return joined(road.road_id, road.road_name, road, row);
  });
  for (const [id, row] of now) rows.push(joined(id, String(row["road_name"] ?? id), null, row));
  return rows;
}

function joined(
  road_id: string,
  road_name: string,
  road: City["roads"][number] | null,
  row: CurrentRow | undefined,
): RoadRow {
  const speed = num(row?.["current_speed"]);
  const free_flow = num(row?.["free_flow_speed"]) ?? road?.free_flow_speed ?? null;
  return {
    road_id,
    road_name,
    road_class: road?.road_class ?? null,
    district: road?.district ?? null,
    level:
      row === undefined
        ? "unknown"
        : (congestionLevels.find((l) => l === row["congestion_level"]) ?? "unknown"),
    stale: row?.stale ?? true,
    speed,
    free_flow,
    ratio: num(row?.["speed_ratio"]),
    lost_s: delaySeconds(road?.length_km ?? null, speed, free_flow),
    as_of_ms: instant(row?.as_of),
  };
}

const value: Readonly<Record<Column, (row: RoadRow) => string | number | null>> = {
  name: (r) => r.road_name,
  district: (r) => r.district,
  class: (r) => r.road_class,
  // Within a level the slower share is worse.
  level: (r) => badness[r.level] + (r.ratio === null ? 0 : Math.max(0, 1 - r.ratio) / 2),
  speed: (r) => r.speed,
  free_flow: (r) => r.free_flow,
  ratio: (r) => r.ratio,
  lost: (r) => r.lost_s,
  as_of: (r) => r.as_of_ms,
};

const words = new Intl.Collator("en", { numeric: true });

/** Compares by a column; rows without a value stand last in both directions; equal ones by name, then id. */
function compare(query: RoadsQuery): (a: RoadRow, b: RoadRow) => number {
  const of = value[query.sort];
  const sign = query.dir === "asc" ? 1 : -1;
  return (a, b) => {
    const [x, y] = [of(a), of(b)];
    if (x === null || y === null) return x === y ? tie(a, b) : x === null ? 1 : -1;
    const order = typeof x === "string" ? words.compare(x, String(y)) : x - Number(y);
    return order === 0 ? tie(a, b) : sign * order;
  };
}

const tie = (a: RoadRow, b: RoadRow): number =>
  words.compare(a.road_name, b.road_name) || (a.road_id < b.road_id ? -1 : 1);

export function selectRoads(rows: readonly RoadRow[], query: RoadsQuery): RoadsPage {
  const q = query.q.toLocaleLowerCase("en");
  const found = rows.filter(
    (r) =>
      (q === "" ||
        r.road_name.toLocaleLowerCase("en").includes(q) ||
        r.road_id.toLocaleLowerCase("en").includes(q)) &&
      (query.level === "" ||
        (query.level === "congested" ? isCongested(r.level) : r.level === query.level)) &&
      (query.district === "" || r.district === query.district),
  );
  found.sort(compare(query));
  const pages = Math.max(1, Math.ceil(found.length / PAGE_ROWS));
  const page = Math.min(query.page, pages);
  return {
    rows: found.slice((page - 1) * PAGE_ROWS, page * PAGE_ROWS),
    found: found.length,
    all: rows.length,
    pages,
    page,
    districts: [...new Set(rows.flatMap((r) => (r.district === null ? [] : [r.district])))].sort(
      words.compare,
    ),
  };
}
