/** Ready is who makes progress: not a port that is open, but events that arrive where they should. */
import type { HistoryStore } from "./history/history-store.ts";
import type { Stream } from "./core/stream.ts";
import type { Log } from "./log/log.ts";
import type { Readiness, Wait } from "../routes/health.ts";

/** A consumer as readiness sees it. */
export interface Consuming {
  /** Next offset by stream and partition that it is done with. */
  position(stream: Stream, partition: number): number | null;
}

export interface ReadinessOptions {
  streams: readonly Stream[];
  log: Pick<Log, "ends">;
  history: Pick<HistoryStore, "ledger">;
  toLive: Consuming;
  hub_ready: Promise<void>;
}

/** So many events behind the log's end count as up with it. */
const BEHIND_MAX = 5_000;
const ANSWER_MS_MAX = 900;

export function readinessOf(options: ReadinessOptions): Readiness {
  let hub_ready = false;
  void options.hub_ready.then(() => (hub_ready = true));
  return {
    waitingFor: () =>
      within(
        ANSWER_MS_MAX,
        look(options, () => hub_ready),
      ),
  };
}

async function look(options: ReadinessOptions, hubReady: () => boolean): Promise<readonly Wait[]> {
  const waits: Wait[] = [];
  const { streams, log, history, toLive } = options;
  const ends = await log.ends(streams.map((stream) => stream.topic));
  for (const stream of streams) {
    const ledger = new Map((await history.ledger(stream)).map((row) => [row.partition, row.next_offset]));
    const own = ends.filter((end) => end.topic === stream.topic);
    const behind = (at: (partition: number) => number): number =>
      own.reduce(
        (sum, end) => sum + Math.max(0, end.end_offset - Math.max(at(end.partition), end.start_offset)),
        0,
      );
    const stored = behind((partition) => ledger.get(partition) ?? 0);
    const shown = behind((partition) => toLive.position(stream, partition) ?? 0);
    if (stored > BEHIND_MAX) waits.push(wait("history-from-log", stream, stored));
    if (shown > BEHIND_MAX) waits.push(wait("live-from-log", stream, shown));
  }
  if (!hubReady()) waits.push({ part: "push-from-log", reason: "reading the last minute" });
  return waits;
}

const wait = (part: string, stream: Stream, behind: number): Wait => ({
  part,
  reason: `${stream.name}: catching up, ${behind.toLocaleString("en-US")} events behind`,
});

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
