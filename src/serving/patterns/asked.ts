/** What a question about roads comes down to: which keys, who counts vehicles on them, and what an answer was made from. */
import type { Stream } from "../../core/stream.ts";
import { formatInstant, minutes } from "../../core/time.ts";
import { intersects } from "../../core/geo.ts";
import type { Counting, PatternStore } from "../../history/patterns/pattern-store.ts";
import type { Answer, Meta } from "../answer.ts";
import type { Context } from "../context.ts";
import type { RoadsAsked } from "../episode-answer.ts";
import { Kept } from "../kept.ts";
import { LeavingOut, type LeftOut } from "../left-out.ts";
import { metaOf } from "../meta.ts";
import { keyNotFound, notFound } from "../problem.ts";
import { positionOf } from "../window-rows.ts";

/** Who counts vehicles: a stream whose keys look at roads. */
const COUNTS = { stream: "cameras", column: "vehicles_n_sum", road: "road_id" } as const;

export interface Facts {
  frontier_ms: number | null;
  /** Whether anything came from windows. */
  merged: boolean;
  coverage: number;
  /** Newest data in it; null where it is empty. */
  as_of_ms: number | null;
  /** What is left out; nothing where it is missing. */
  told?: LeftOut["told"];
}

interface Range {
  from_ms: number;
  to_ms: number;
}

export interface Chosen extends Pick<LeftOut, "told"> {
  keys: readonly string[] | undefined;
  named: readonly string[] | undefined;
  without: ReadonlySet<string>;
}

export class Patterns {
  readonly context: Context;
  readonly traffic: Stream;
  readonly #counting: Kept<Counting | null>;
  readonly #leaving: LeavingOut;

  constructor(context: Context, traffic: Stream) {
    this.context = context;
    this.traffic = traffic;
    this.#leaving = new LeavingOut(context);
    this.#counting = new Kept<Counting | null>({
      clock: context.clock,
      fresh_ms: minutes(5),
      usable_ms: Infinity,
      load: () => this.#readCounting(),
    });
  }

  get store(): Omit<PatternStore, "rebuildEpisodes" | "rebuildProfiles" | "close"> {
    const { patterns } = this.context;
    if (patterns === undefined) throw notFound("There is no history of episodes here");
    return patterns;
  }

  get now_ms(): number {
    return this.context.clock.now();
  }

  nameOf(road_id: string): string {
    return this.context.network.roads.get(road_id)?.road_name ?? road_id;
  }

  /**
   * What is asked for without what data quality leaves out on any day of the range: `keys` undefined for all. `named` are the roads as
   * they were asked for. @throws {ProblemError} not-found for a road that neither the network nor any event knows.
   */
  async chosen(asked: RoadsAsked & Range): Promise<Chosen> {
    const named = await this.#keys(asked);
    const { keys, told } = await this.#leaving.of([this.traffic], [asked], {
      [this.traffic.name]: named ?? null,
    });
    const without: ReadonlySet<string> = new Set(keys[this.traffic.name] ?? []);
    return { named, keys: named?.filter((key) => !without.has(key)), without, told };
  }

  /** The same, as a list also where all are asked for but some are left out. */
  async chosenKeys(asked: RoadsAsked & Range): Promise<Chosen> {
    const chosen = await this.chosen(asked);
    if (chosen.keys !== undefined || chosen.told === null) return chosen;
    const { known } = this.context;
    return {
      ...chosen,
      keys: [...known.now(this.traffic)].filter((key) => !chosen.without.has(key)),
    };
  }

  /** @returns Undefined for all. */
  async #keys({ roads, bbox }: RoadsAsked): Promise<readonly string[] | undefined> {
    const { known, network } = this.context;
    if (roads !== undefined) {
      await this.mustKnow(roads);
      return [...new Set(roads)];
    }
    if (bbox === undefined) return undefined;
    return [...known.now(this.traffic)].filter((key) => {
      const place = network.place(this.traffic, key, null);
      return place !== null && intersects(place, bbox);
    });
  }

  async mustKnow(roads: readonly string[]): Promise<void> {
    const { known, network } = this.context;
    const missing = (keys: ReadonlySet<string>): string | undefined =>
      roads.find((road) => !network.roads.has(road) && !keys.has(road));
    if (missing(known.now(this.traffic)) === undefined) return;
    const unknown = missing(await known.fresh(this.traffic));
    if (unknown !== undefined) throw keyNotFound(this.traffic, unknown);
  }

  /** Null where nobody counts. What each looks at is as it said last. */
  counting(): Promise<Counting | null> {
    return this.#counting.get();
  }

  async #readCounting(): Promise<Counting | null> {
    const { streams, history } = this.context;
    const stream = streams.find(({ name }) => name === COUNTS.stream);
    if (stream === undefined || stream.windows === null) return null;
    const road_of = new Map<string, string>();
    for (const { key, row } of await history.latest(stream)) {
      const road = row[COUNTS.road];
      if (typeof road === "string") road_of.set(key, road);
    }
    return { stream, column: COUNTS.column, road_of };
  }

  /** Reads the position before the data, so that an answer holds at least what it says. */
  async answer<T>(make: () => Promise<{ data: T; facts: Facts }>): Promise<Answer<T>> {
    const { history, cursors, city } = this.context;
    const ledger = await history.ledger(this.traffic);
    const { data, facts } = await make();
    const marks = ledger.map((part) => part.watermark_ms).filter((ms) => ms !== null);
    const newest_ms = marks.length === 0 ? null : Math.max(...marks);
    const meta: Meta = metaOf({
      stream: this.traffic,
      cursor: await cursors.format({ [this.traffic.name]: positionOf(this.traffic, ledger) }),
      layer: facts.merged ? "merged" : "batch",
      now_ms: this.now_ms,
      as_of_ms:
        facts.as_of_ms === null || newest_ms === null ? facts.as_of_ms : Math.min(facts.as_of_ms, newest_ms),
      coverage: facts.coverage,
      attribution: city.attribution,
    });
    const { frontier_ms, told = null } = facts;
    return {
      data,
      meta: {
        ...meta,
        ...(frontier_ms === null ? {} : { frontier: formatInstant(frontier_ms) }),
        ...(told === null ? {} : { excluded: told }),
      },
    };
  }
}
