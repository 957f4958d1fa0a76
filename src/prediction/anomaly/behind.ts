/** Where a group is to stand that is read again from so long before: by the log's own time, which no event's clock can move. */
import { minutes } from "../../core/time.ts";
import type { LogBatch } from "../../log/log.ts";

/** A mark a minute is enough. */
const APART_MS = minutes(1);

interface Marks {
  topic: string;
  partition: number;
  /** Offset and time of first records, oldest first. */
  marks: { offset: number; at_ms: number }[];
  committed: number;
}

export class Behind {
  readonly #keep_ms: number;
  readonly #parts = new Map<string, Marks>();
  #newest_ms = -Infinity;

  constructor(keep_ms: number) {
    this.#keep_ms = keep_ms;
  }

  read({ topic, partition, records, first_offset }: LogBatch): void {
    const first = records[0];
    if (first === undefined) return;
    const key = `${topic} ${partition}`;
    let part = this.#parts.get(key);
    if (part === undefined) this.#parts.set(key, (part = { topic, partition, marks: [], committed: -1 }));
    const last = part.marks.at(-1);
    if (last === undefined || first.timestamp_ms >= last.at_ms + APART_MS)
      part.marks.push({ offset: first_offset, at_ms: first.timestamp_ms });
    this.#newest_ms = Math.max(this.#newest_ms, records.at(-1)!.timestamp_ms);
  }

  /** Where each partition is to stand now, of those where that is another place than before. */
  due(): readonly { topic: string; partition: number; next_offset: number }[] {
    const before_ms = this.#newest_ms - this.#keep_ms;
    return [...this.#parts.values()].flatMap(({ topic, partition, marks, committed }) => {
      while (marks.length > 1 && marks[1]!.at_ms <= before_ms) marks.shift();
      const [first] = marks;
      return first === undefined || first.at_ms > before_ms || first.offset === committed
        ? []
        : [{ topic, partition, next_offset: first.offset }];
    });
  }

  committed(topic: string, partition: number, offset: number): void {
    const part = this.#parts.get(`${topic} ${partition}`);
    if (part !== undefined) part.committed = offset;
  }

  /** The partition is another's now. */
  forget(topic: string, partition: number): void {
    this.#parts.delete(`${topic} ${partition}`);
  }
}
