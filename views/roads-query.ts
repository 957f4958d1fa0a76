/** What the table of roads is asked for: read from the address leniently, because people edit addresses. */
import { congestionLevels, type CongestionLevel } from "../src/core/congestion.ts";

const columns = [
  "name",
  "district",
  "class",
  "level",
  "speed",
  "free_flow",
  "ratio",
  "lost",
  "as_of",
] as const;
export type Column = (typeof columns)[number];

export interface RoadsQuery {
  sort: Column;
  dir: "asc" | "desc";
  /** Part of a name or id, as typed. */
  q: string;
  level: CongestionLevel | "congested" | "";
  district: string;
  /** From 1. */
  page: number;
}

/** Rows of a page: what a person reads, and what weighs little. */
export const PAGE_ROWS = 100;

const TEXT_MAX = 100;

export function readRoadsQuery(from: Readonly<Record<string, string>>): RoadsQuery {
  const sort = columns.find((c) => c === from["sort"]) ?? "level";
  const level = [...congestionLevels, "congested" as const].find((l) => l === from["level"]) ?? "";
  const page = /^\d{1,5}$/.test(from["page"] ?? "") ? Math.max(1, Number(from["page"])) : 1;
  return {
    sort,
    dir: from["dir"] === "asc" || from["dir"] === "desc" ? from["dir"] : first(sort),
    q: (from["q"] ?? "").trim().slice(0, TEXT_MAX),
    level,
    district: (from["district"] ?? "").slice(0, TEXT_MAX),
    page,
  };
}

/** Words begin at A; of figures the worst comes first. */
export const first = (column: Column): "asc" | "desc" =>
  column === "level" || column === "lost" || column === "free_flow" ? "desc" : "asc";

/** The address of a query, without what is the default. */
export function roadsUrl(query: RoadsQuery, change: Partial<RoadsQuery> = {}, path = "/roads"): string {
  const all = { ...query, ...change };
  const params = new URLSearchParams();
  if (all.sort !== "level") params.set("sort", all.sort);
  if (all.dir !== first(all.sort)) params.set("dir", all.dir);
  if (all.q !== "") params.set("q", all.q);
  if (all.level !== "") params.set("level", all.level);
  if (all.district !== "") params.set("district", all.district);
  if (all.page > 1) params.set("page", String(all.page));
  const text = params.toString();
  return text === "" ? path : `${path}?${text}`;
}
