/**
 * History in memory, for tests and simulation: the same port and the same laws. Its store may be opened several times,
 * as several processes would open one server.
 */
import { HistoryUnavailableError } from "../core/errors.ts";
import type { Clock } from "../core/time.ts";
import { checkParts } from "./check-parts.ts";
import type { HistoryStore } from "./history-store.ts";
import { MemoryHistoryStore } from "./memory-history-store.ts";
import { REJECTS } from "./rejects.ts";
import { speedGrid } from "./speed-grid.ts";

export interface MemoryHistoryOptions {
  clock: Clock;
  /** What several histories share; a new one by default. */
  store?: MemoryHistoryStore;
}

export function openMemoryHistory({
  clock,
  store = new MemoryHistoryStore(),
}: MemoryHistoryOptions): HistoryStore {
  let closed = false;
  /** One turn of the loop is one transaction. */
  async function ask<T>(what: string, answer: () => T): Promise<T> {
    if (closed) throw new HistoryUnavailableError(`Cannot ${what}: history is closed`);
    return answer();
  }

  return {
    migrate: () => ask("migrate", () => {}),
    append: (stream, parts) =>
      ask(`append to ${stream.history.table}`, () => {
        checkParts(stream, parts);
        return store.append(stream, parts, clock.now());
      }),
    restart: (stream, partition, expected_offset) =>
      ask("begin a new epoch", () => store.restart(stream.name, partition, expected_offset)),
    ledger: (stream) => ask("read the ledger", () => store.ledger(stream.name).map((row) => ({ ...row }))),
    applied: (streams) =>
      ask("read the offsets", () =>
        Object.fromEntries(
          streams.map(({ name, partitions }) => {
            const rows = store.ledger(name);
            const count = rows.reduce((most, row) => Math.max(most, row.partition + 1), partitions);
            const offsets = Array.from({ length: count }, () => 0);
            for (const row of rows) offsets[row.partition] = row.next_offset;
            return [name, offsets];
          }),
        ),
      ),
    raw: (stream, query) => ask("read a range", () => store.table(stream).raw(query)),
    windows: (stream, query) => ask("read a range", () => store.table(stream).windows(query)),
    speedGrid: (stream, query) =>
      ask("read a range as bytes", () => speedGrid(stream, query, store.table(stream).within(query))),
    latest: (stream, keys) => ask("read the newest rows", () => store.table(stream).latest(keys)),
    keys: (stream) => ask("read the keys", () => store.table(stream).keys()),
    recomputeWindows: (stream, from_ms, to_ms) =>
      ask("recompute windows", () => store.table(stream).recompute(from_ms, to_ms)),
    recount: (stream) =>
      ask("recount", () => ({ rows: store.table(stream).count, dead: store.letters.died(stream.name) })),

    appendRejects: (partition, expected_offset, next_offset, letters) =>
      ask("append rejects", () =>
        store.appendRejects(
          { partition, expected_offset, next_offset, last_record_hash: null },
          letters,
          clock.now(),
        ),
      ),
    rejected: () => ask("count rejects", () => store.letters.rejected()),
    rejectsApplied: () =>
      ask(
        "read the offsets",
        () => new Map(store.ledger(REJECTS).map((row) => [row.partition, row.next_offset])),
      ),
    deadLetters: (query) => ask("read dead letters", () => store.letters.list(query)),
    deadLetterCounts: () => ask("count dead letters", () => store.letters.counts()),
    deadLettersById: (ids) => ask("read dead letters", () => store.letters.byId(ids)),
    markReplayed: (letters) => ask("mark dead letters", () => store.letters.markReplayed(letters)),

    ensurePartitions: (stream, from_ms, to_ms) =>
      ask("make partitions", () => store.table(stream).ensurePartitions(stream, from_ms, to_ms)),
    retain: (stream, now_ms) => ask("drop partitions", () => store.table(stream).retain(stream, now_ms)),
    // Nothing is on disk.
    bytes: () => ask("measure the database", () => 0),
    async close() {
      closed = true;
    },
  };
}
