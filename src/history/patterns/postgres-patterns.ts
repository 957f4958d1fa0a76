/** Episodes, profiles and travel times in PostgreSQL. This file wires; each idea has a file of its own. */
import type { RoadFacts } from "../../core/episodes.ts";
import { limits } from "../../core/limits.ts";
import { hours } from "../../core/time.ts";
import { openSql, type Sql } from "../../postgres.ts";
import { readTimes } from "./corridor-times.ts";
import { readBottlenecks, readEpisodes } from "./episode-reads.ts";
import { rebuildEpisodes } from "./episode-rebuild.ts";
import type { PatternStore } from "./pattern-store.ts";
import { readProfile, rebuildProfiles } from "./profile-rows.ts";
import { Reader } from "../reader.ts";
import type { Ask } from "../rollups/facts.ts";

export interface PostgresPatternsOptions {
  url: string;
  zone: string;
  /** Of the network. */
  roads: ReadonlyMap<string, RoadFacts>;
  /** Of the bins of speeds that roll-ups of traffic keep. */
  edges: readonly number[];
}

/** A rebuild of all that a year holds. */
const WORK_MS_MAX = hours(12);

export function openPostgresPatterns({ url, zone, roads, edges }: PostgresPatternsOptions): PatternStore {
  const reader = new Reader(() =>
    openSql(url, {
      max: 2,
      application_name: "arterial-pattern-reader",
      statement_timeout_ms: limits.query_ms_max,
    }),
  );
  const workers = new Set<Reader>();
  const read = <T>(what: string, ask: (ask: Ask) => Promise<T>): Promise<T> =>
    // One snapshot: frontier, rows and windows.
    reader.use(what, (sql) => sql.begin("isolation level repeatable read read only", ask) as Promise<T>);

  /** One session for a lock, and so that no question waits for long work. */
  async function work<T>(what: string, run: (sql: Sql) => Promise<T>): Promise<T> {
    const worker = new Reader(() =>
      openSql(url, { max: 1, application_name: "arterial-pattern-worker", statement_timeout_ms: 0 }),
    );
    workers.add(worker);
    try {
      return await worker.use(what, run, WORK_MS_MAX);
    } finally {
      workers.delete(worker);
      await worker.close();
    }
  }

  return {
    roads,
    episodes: (stream, wanted) =>
      read("read episodes", (ask) => readEpisodes({ ask, stream, zone, roads }, wanted)),
    bottlenecks: (stream, filter) =>
      read("read bottlenecks", (ask) => readBottlenecks({ ask, stream, zone, roads }, filter)),
    profile: (stream, road_id) =>
      read("read a profile", (ask) => readProfile(ask, stream, zone, edges, road_id)),
    times: (stream, query) => read("read travel times", (ask) => readTimes(ask, stream, zone, roads, query)),
    rebuildEpisodes: (stream, options) =>
      work("rebuild episodes", (sql) => rebuildEpisodes({ sql, stream, zone, roads }, options)),
    rebuildProfiles: (stream, options) =>
      work("rebuild profiles", (sql) => rebuildProfiles({ sql, stream, zone, edges }, options)),
    async close() {
      await Promise.all([reader.close(), ...[...workers].map((worker) => worker.close())]);
    },
  };
}
