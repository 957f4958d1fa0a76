/** What the in-memory history keeps, shared by all who open it. Each call is one transaction: all of it or nothing. */
import type { DeadLetter } from "../core/event.ts";
import type { Stream } from "../core/stream.ts";
import type { AppendOutcome, PartBatch, PartitionLedger } from "./history-store.ts";
import { MemoryLetters } from "./memory-letters.ts";
import { MemoryTable } from "./memory-table.ts";
import { lateEvents } from "./order.ts";
import { REJECTS } from "./rejects.ts";

type Placed = Pick<PartBatch, "partition" | "expected_offset" | "next_offset" | "last_record_hash">;

const NOTHING = { kind: "stored", already: false, stored: 0, duplicate: 0, dead: 0, late: 0 } as const;

export class MemoryHistoryStore {
  readonly letters = new MemoryLetters();
  readonly #tables = new Map<string, MemoryTable>();
  readonly #ledgers = new Map<string, Map<number, PartitionLedger>>();

  table(stream: Stream): MemoryTable {
    let table = this.#tables.get(stream.name);
    if (table === undefined) this.#tables.set(stream.name, (table = new MemoryTable(stream)));
    return table;
  }

  ledger(stream: string): PartitionLedger[] {
    return [...(this.#ledgers.get(stream)?.values() ?? [])].sort((a, b) => a.partition - b.partition);
  }

  append(stream: Stream, parts: readonly PartBatch[], now_ms: number): AppendOutcome {
    const elsewhere = this.#elsewhere(stream.name, parts);
    if (elsewhere !== null) return elsewhere;
    const table = this.table(stream);
    const sum = { stored: 0, duplicate: 0, dead: 0, late: 0 };
    for (const part of parts) {
      const row = this.#place(stream.name, part, now_ms);
      const late = lateEvents(part, stream.lateness_ms, row.watermark_ms);
      const counts = { stored: 0, duplicate: 0, dead: part.dead.length, late: 0 };
      for (const event of part.events) {
        row.unknown_fields += event.unknown_fields;
        if (!table.insert(event)) counts.duplicate++;
        else {
          counts.stored++;
          if (late.has(event)) counts.late++;
          row.watermark_ms = Math.max(row.watermark_ms ?? -Infinity, event.event_time_ms);
        }
      }
      row.consumed += part.events.length + part.dead.length;
      for (const term of ["stored", "duplicate", "dead", "late"] as const) {
        row[term] += counts[term];
        sum[term] += counts[term];
      }
    }
    this.letters.bury(
      stream.name,
      parts.flatMap((part) => part.dead.map((letter) => ({ ...letter, partition: part.partition }))),
      parts.flatMap((part) => part.events.map((e) => e.dead_letter_id).filter((id) => id !== null)),
    );
    return { ...NOTHING, ...sum };
  }

  appendRejects(
    place: Placed,
    letters: readonly (DeadLetter & { stream: string })[],
    now_ms: number,
  ): AppendOutcome {
    const elsewhere = this.#elsewhere(REJECTS, [place]);
    if (elsewhere !== null) return elsewhere;
    const row = this.#place(REJECTS, place, now_ms);
    row.consumed += letters.length;
    row.dead += letters.length;
    this.letters.reject(letters);
    return { ...NOTHING, dead: letters.length };
  }

  restart(stream: string, partition: number, expected_offset: number): boolean {
    const row = this.#ledgers.get(stream)?.get(partition);
    if (row?.next_offset !== expected_offset) return false;
    row.next_offset = 0;
    row.last_record_hash = null;
    return true;
  }

  /** The compare of compare-and-set: null when every part stands where it is expected. */
  #elsewhere(stream: string, parts: readonly Placed[]): AppendOutcome | null {
    const rows = this.#ledgers.get(stream);
    const at = (partition: number): number => rows?.get(partition)?.next_offset ?? 0;
    if (parts.every((part) => at(part.partition) === part.expected_offset)) return null;
    const mine = parts.every((part) => {
      const same =
        part.last_record_hash === null ||
        rows?.get(part.partition)?.last_record_hash === part.last_record_hash;
      return at(part.partition) === part.next_offset && rows?.has(part.partition) === true && same;
    });
    if (mine) return { ...NOTHING, already: true };
    return {
      kind: "fenced",
      next_offsets: new Map(parts.map(({ partition }) => [partition, at(partition)])),
    };
  }

  /** And the set. */
  #place(stream: string, part: Placed, now_ms: number): PartitionLedger {
    let rows = this.#ledgers.get(stream);
    if (rows === undefined) this.#ledgers.set(stream, (rows = new Map()));
    const { partition } = part;
    const row = rows.get(partition) ?? emptyRow(stream, partition);
    rows.set(partition, row);
    row.next_offset = part.next_offset;
    row.last_record_hash = part.last_record_hash ?? row.last_record_hash;
    row.updated_at_ms = now_ms;
    return row;
  }
}

const emptyRow = (stream: string, partition: number): PartitionLedger => ({
  stream,
  partition,
  next_offset: 0,
  last_record_hash: null,
  watermark_ms: null,
  consumed: 0,
  stored: 0,
  duplicate: 0,
  dead: 0,
  late: 0,
  unknown_fields: 0,
  updated_at_ms: null,
});
