/** Ready is who makes progress: not a port that is open, but events that arrive where they should. */
import type { HistoryStore } from "./history/history-store.ts";
import type { Stream } from "./core/stream.ts";
import type { Clock } from "./core/time.ts";
import type { LiveStore } from "./live/live-store.ts";
import type { Log } from "./log/log.ts";
import { LiveUnavailableError } from "./core/errors.ts";
import { behind, ProgressWatch, type Still } from "./log/progress-watch.ts";
import type { Readiness, Wait } from "../routes/health.ts";

export interface ReadinessOptions {
  streams: readonly Stream[];
  log: Pick<Log, "ends">;
  history: Pick<HistoryStore, "ledger" | "rejectsApplied">;
  /** Whose view it is does not matter: what all replicas together have brought it up to. */
  live: Pick<LiveStore, "applied">;
  rejects_topic: string;
  clock: Pick<Clock, "monotonic">;
  hub_ready: Promise<void>;
}

/** So many events behind the log's end count as up with it. */
const BEHIND_MAX = 5_000;
const ANSWER_MS_MAX = 900;

export function readinessOf(options: ReadinessOptions): Readiness {
  let hub_ready = false;
  void options.hub_ready.then(() => (hub_ready = true));
  const watch = new ProgressWatch();
  return {
    waitingFor: () =>
      within(
        ANSWER_MS_MAX,
        look(options, watch, () => hub_ready),
      ),
  };
}

async function look(
  options: ReadinessOptions,
  watch: ProgressWatch,
  hubReady: () => boolean,
): Promise<readonly Wait[]> {
  const { streams, log, clock, rejects_topic } = options;
  // The ends before the positions: nobody counts as behind for what came in between.
  const ends = await log.ends([...streams.map((stream) => stream.topic), rejects_topic]);
  const places = await placesOf(options);
  const standings = places.map(({ consumer, name, topic, at }) => ({
    name,
    consumer,
    all: ends
      .filter((end) => end.topic === topic)
      .map((end) => ({ consumer: `${consumer} ${name}`, end, position: at(end.partition) })),
  }));
  const stills = watch.look(
    standings.flatMap(({ all }) => all),
    clock.monotonic(),
  );
  const waits = standings.flatMap(({ consumer, name, all }): Wait[] => {
    const still = stills.filter((one) => one.consumer === `${consumer} ${name}`);
    const late = all.reduce((sum, one) => sum + behind(one), 0);
    if (still.length > 0) return [{ part: consumer, reason: stuck(name, still) }];
    if (late <= BEHIND_MAX) return [];
    return [{ part: consumer, reason: `${name}: catching up, ${count(late)} events behind` }];
  });
  if (!hubReady()) waits.push({ part: "push-from-log", reason: "reading the last minute" });
  return waits;
}

interface Place {
  consumer: string;
  name: string;
  topic: string;
  at: (partition: number) => number | null;
}

async function placesOf(options: ReadinessOptions): Promise<Place[]> {
  const { streams, history, rejects_topic } = options;
  const views = await Promise.all(streams.map((stream) => viewOf(options, stream)));
  const [rejects, ...ledgers] = await Promise.all([
    history.rejectsApplied(),
    ...streams.map((stream) => history.ledger(stream)),
  ]);
  const consumers = streams.flatMap((stream, i): Place[] => {
    const ledger = new Map(ledgers[i]?.map((row) => [row.partition, row.next_offset]));
    const { name, topic } = stream;
    const stored: Place = {
      consumer: "history-from-log",
      name,
      topic,
      at: (partition) => ledger.get(partition) ?? null,
    };
    const view = views[i];
    if (view == null) return [stored];
    return [stored, { consumer: "live-from-log", name, topic, at: (partition) => view[partition] ?? null }];
  });
  const at = (partition: number): number | null => rejects.get(partition) ?? null;
  return [...consumers, { consumer: "history-from-log", name: rejects_topic, topic: rejects_topic, at }];
}

/** Null where nobody reads a stream for a live view, or it is away: answers come from history then, and nobody waits for it. */
async function viewOf({ live }: ReadinessOptions, stream: Stream): Promise<readonly number[] | null> {
  if (stream.live === null) return null;
  try {
    return await live.applied(stream);
  } catch (error) {
    if (error instanceof LiveUnavailableError) return null;
    throw error;
  }
}

function stuck(name: string, still: readonly Still[]): string {
  const [first, ...more] = still.toSorted((a, b) => b.still_ms - a.still_ms);
  if (first === undefined) return "";
  const others = more.length === 0 ? "" : `, and ${more.length} more partitions`;
  return `${name}: partition ${first.end.partition} is ${count(behind(first))} events behind and has not moved for ${count(Math.floor(first.still_ms / 1_000))} s${others}`;
}

const count = (n: number): string => n.toLocaleString("en-US");

/** A part that is away is what it waits for, not a fault of the answer. */
async function within(ms: number, looking: Promise<readonly Wait[]>): Promise<readonly Wait[]> {
  const late = new Promise<readonly Wait[]>((done) =>
    setTimeout(() => done([{ part: "stores", reason: `no answer within ${ms} ms` }]), ms),
  );
  return Promise.race([
    looking.catch((error: unknown) => [
      { part: "stores", reason: error instanceof Error ? error.message : String(error) },
    ]),
    late,
  ]);
}
