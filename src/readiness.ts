/**
 * Ready is who does its own share: not a port that is open, and not what other replicas do. A process is ready once its
 * consumers have caught up and its hub has read the last minute; after that it is not ready only where a consumer of
 * its own stands still. A server that is away is away for every replica: to take them all out of the balancer would
 * make of a part's absence everybody's.
 */
import { isAway } from "./core/errors.ts";
import { inTime } from "./core/in-time.ts";
import type { Clock } from "./core/time.ts";
import type { Log } from "./log/log.ts";
import { behind, isOwed, ProgressWatch, type Held, type Still } from "./log/progress-watch.ts";
import type { Readiness, Wait } from "../routes/health.ts";

/** What of this process reads the log, and where it is in the partitions that it holds now. */
export interface Holder {
  /** Of its service: `history-from-log`. */
  name: string;
  held: () => readonly Held[];
}

export interface ReadinessOptions {
  holders: readonly Holder[];
  topics: readonly string[];
  log: Pick<Log, "ends" | "read">;
  clock: Pick<Clock, "monotonic">;
  hub_ready: Promise<void>;
  /** False for a process that has something to show without the log: it does not wait for one that is away. */
  needs_log: boolean;
}

/** So many events behind the log's end count as up with it. */
const BEHIND_MAX = 5_000;
const ANSWER_MS_MAX = 900;
/** Who has got no partition in this time has none to get: others hold them all. */
const JOIN_MS_MAX = 10_000;

export function readinessOf(options: ReadinessOptions): Readiness {
  const own = new OwnShare(options);
  return { waitingFor: () => own.waitingFor() };
}

class OwnShare {
  readonly #options: ReadinessOptions;
  readonly #began_ms: number;
  readonly #joined = new Set<string>();
  #watch = new ProgressWatch();
  #hub_ready = false;
  /** It was ready once: from then on it is only asked whether it moves. */
  #started = false;

  constructor(options: ReadinessOptions) {
    this.#options = options;
    this.#began_ms = options.clock.monotonic();
    void options.hub_ready.then(() => (this.#hub_ready = true));
  }

  async waitingFor(): Promise<readonly Wait[]> {
    const looked = await inTime(this.#look(), ANSWER_MS_MAX);
    const { waits, away } = looked ?? { waits: [], away: `no answer within ${ANSWER_MS_MAX} ms` };
    if (away !== null && (this.#started || !this.#options.needs_log)) return [];
    if (away !== null) waits.push({ part: "log", reason: away });
    if (!this.#hub_ready) waits.push({ part: "push-from-log", reason: "reading the last minute" });
    if (waits.length === 0) this.#started = true;
    return waits;
  }

  async #look(): Promise<{ waits: Wait[]; away: string | null }> {
    const { holders, topics, log, clock } = this.#options;
    if (holders.length === 0) return { waits: [], away: null };
    const waits: Wait[] = [];
    try {
      // The ends before the positions: nobody counts as behind for what came in between.
      const ends = await log.ends(topics);
      const standings = holders.flatMap(({ name, held }) =>
        held().flatMap(({ topic, partition, position }) => {
          this.#joined.add(name);
          const end = ends.find((one) => one.topic === topic && one.partition === partition);
          return end === undefined ? [] : [{ consumer: name, end, position }];
        }),
      );
      const stills: Still[] = [];
      for (const still of this.#watch.look(standings, clock.monotonic()))
        if (await isOwed(log, still)) stills.push(still);
      for (const { name } of holders) {
        const still = stills.filter(({ consumer }) => consumer === name);
        const late = standings
          .filter(({ consumer }) => consumer === name)
          .reduce((sum, one) => sum + behind(one), 0);
        const joining = !this.#joined.has(name) && clock.monotonic() - this.#began_ms < JOIN_MS_MAX;
        if (still.length > 0) waits.push({ part: name, reason: stuck(still) });
        else if (!this.#started && joining) waits.push({ part: name, reason: "joining its group" });
        else if (!this.#started && late > BEHIND_MAX)
          waits.push({ part: name, reason: `catching up, ${count(late)} events behind` });
      }
      return { waits, away: null };
    } catch (error) {
      if (!isAway(error)) throw error;
      // While the log is away nobody can move: all begin anew after it.
      this.#watch = new ProgressWatch();
      return { waits: [], away: error.message };
    }
  }
}

function stuck(still: readonly Still[]): string {
  const [first, ...more] = still.toSorted((a, b) => b.still_ms - a.still_ms);
  if (first === undefined) return "";
  const { end, still_ms } = first;
  const others = more.length === 0 ? "" : `, and ${more.length} more partitions`;
  return `${end.topic} partition ${end.partition} is ${count(behind(first))} events behind and has not moved for ${count(Math.floor(still_ms / 1_000))} s${others}`;
}

const count = (n: number): string => n.toLocaleString("en-US");
