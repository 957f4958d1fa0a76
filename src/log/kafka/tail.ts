/**
 * The newest batches of Kafka's partitions in memory, so that the groups of one process do not each unpack and decode
 * them: who comes first puts them here, who follows takes the same records. What all have passed is dropped.
 *
 * On a long way readers stay near each other: who is ahead waits a little for who still finds its place here.
 */
import { limits } from "../../core/limits.ts";
import type { LogBatch, LogRecord } from "../log.ts";

/** A topic may be deleted and made anew, with other records at the same offsets: nothing older is handed out. */
const AGE_MAX_MS = 10_000;
/** What a record takes beside its value, so that tombstones count too; a guess. */
const RECORD_BYTES = 64;

interface Kept {
  batch: LogBatch;
  bytes: number;
  put_ms: number;
  of: Shared;
}

/** One partition: what is kept of it, without a gap between, and who reads it. */
interface Shared {
  name: string;
  kept: Kept[];
  readers: Set<TailReader>;
}

export class KafkaTail {
  readonly #monotonic: () => number;
  readonly #bytes_max: number;
  readonly #partitions = new Map<string, Shared>();
  /** In order of arrival over all partitions: the first goes first. */
  readonly #arrivals = new Set<Kept>();
  #bytes = 0;

  constructor(monotonic: () => number, bytes_max: number = limits.kafka_tail_bytes_max) {
    this.#monotonic = monotonic;
    this.#bytes_max = bytes_max;
  }

  /** Of what is kept: values, and a little for each record. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * One more reader of a partition, at a place that is not known yet.
   *
   * @param onChange Told that there may be something at its place, or no longer, or that others moved.
   */
  join(name: string, onChange: () => void): TailReader {
    let shared = this.#partitions.get(name);
    if (shared === undefined) this.#partitions.set(name, (shared = { name, kept: [], readers: new Set() }));
    const of = shared;
    const reader = new TailReader(onChange, {
      from: (offset) => this.#from(of, offset),
      covers: (offset) => this.#find(of, offset) >= 0,
      put: (batch) => this.#put(of, batch),
      moved: () => this.#moved(of, reader),
      clear: () => {
        this.#clear(of);
        tell(of);
      },
      leave: () => this.#leave(of, reader),
      isAhead: () => this.#isAhead(of, reader),
    });
    of.readers.add(reader);
    return reader;
  }

  /** Place in `kept` of the batch that holds an offset, or -1. */
  #find({ kept }: Shared, offset: number): number {
    let low = 0;
    let high = kept.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (kept[middle]!.batch.next_offset <= offset) low = middle + 1;
      else high = middle;
    }
    if (low === kept.length || kept[low]!.batch.first_offset > offset) return -1;
    return this.#monotonic() - kept[low]!.put_ms > AGE_MAX_MS ? -1 : low;
  }

  /** What is kept from an offset on, as much as makes one batch. */
  #from(shared: Shared, offset: number): LogBatch | null {
    let at = this.#find(shared, offset);
    if (at < 0) return null;
    const first = shared.kept[at]!;
    if (first.batch.first_offset === offset && alone(shared, at)) return first.batch;
    const records: LogRecord[] = first.batch.records.filter((record) => record.offset >= offset);
    let { bytes } = first;
    let { next_offset, end_offset } = first.batch;
    for (let next = shared.kept[++at]; next !== undefined; next = shared.kept[++at]) {
      bytes += next.bytes;
      const count = records.length + next.batch.records.length;
      if (bytes > limits.batch_bytes_max || count > limits.batch_records_max) break;
      for (const record of next.batch.records) records.push(record);
      ({ next_offset, end_offset } = next.batch);
    }
    return { ...first.batch, records, first_offset: offset, next_offset, end_offset };
  }

  #put(shared: Shared, batch: LogBatch): void {
    if (shared.readers.size < 2) return;
    const end = shared.kept.at(-1)?.batch.next_offset ?? batch.first_offset;
    // A replay far behind must not take the place of what is newer.
    if (batch.first_offset < end) return;
    if (batch.first_offset > end) this.#clear(shared);
    let bytes = RECORD_BYTES * (1 + batch.records.length);
    for (const { value } of batch.records) bytes += value?.length ?? 0;
    const kept: Kept = { batch, bytes, put_ms: this.#monotonic(), of: shared };
    shared.kept.push(kept);
    this.#arrivals.add(kept);
    this.#bytes += bytes;
    for (const oldest of this.#arrivals) {
      if (this.#bytes <= this.#bytes_max && kept.put_ms - oldest.put_ms <= AGE_MAX_MS) break;
      this.#dropFirst(oldest.of);
      if (oldest.of !== shared) tell(oldest.of);
    }
    this.#dropPassed(shared);
    tell(shared);
  }

  #moved(shared: Shared, reader: TailReader): void {
    this.#dropPassed(shared);
    tell(shared, reader);
  }

  #leave(shared: Shared, reader: TailReader): void {
    if (!shared.readers.delete(reader)) return;
    if (shared.readers.size < 2) this.#clear(shared);
    else this.#dropPassed(shared);
    if (shared.readers.size === 0 && this.#partitions.get(shared.name) === shared)
      this.#partitions.delete(shared.name);
    tell(shared);
  }

  /** Whether one that still finds its place here is behind by half of what one partition may have. */
  #isAhead(shared: Shared, reader: TailReader): boolean {
    if (shared.readers.size < 2 || shared.kept.length === 0) return false;
    let behind = shared.kept.length;
    for (const { place } of shared.readers) {
      if (place === null || place >= (reader.place ?? 0)) continue;
      const at = this.#find(shared, place);
      if (at >= 0 && at < behind) behind = at;
    }
    let bytes = 0;
    for (; behind < shared.kept.length; behind++) bytes += shared.kept[behind]!.bytes;
    let partitions = 0;
    for (const { kept } of this.#partitions.values()) if (kept.length > 0) partitions++;
    return bytes * partitions >= this.#bytes_max / 2;
  }

  #dropPassed(shared: Shared): void {
    let place = Infinity;
    // One that does not know its place yet may begin anywhere.
    for (const reader of shared.readers) place = Math.min(place, reader.place ?? -1);
    while (shared.kept.length > 0 && shared.kept[0]!.batch.next_offset <= place) this.#dropFirst(shared);
  }

  #clear(shared: Shared): void {
    while (shared.kept.length > 0) this.#dropFirst(shared);
  }

  #dropFirst(shared: Shared): void {
    const kept = shared.kept.shift()!;
    this.#arrivals.delete(kept);
    this.#bytes -= kept.bytes;
  }
}

/** What a reader asks of the tail, of its partition. */
interface Asked {
  from: (offset: number) => LogBatch | null;
  covers: (offset: number) => boolean;
  put: (batch: LogBatch) => void;
  moved: () => void;
  clear: () => void;
  leave: () => void;
  isAhead: () => boolean;
}

/** A reader of a partition, as the tail sees it. */
export class TailReader {
  readonly onChange: () => void;
  readonly #asked: Asked;
  #place: number | null = null;

  constructor(onChange: () => void, asked: Asked) {
    this.onChange = onChange;
    this.#asked = asked;
  }

  /** Next offset that it hands over; null before it is known. */
  get place(): number | null {
    return this.#place;
  }

  /** The batch at its place if another has unpacked it; its records are shared, so nobody changes them but `decoded`. */
  next(): LogBatch | null {
    return this.#place === null ? null : this.#asked.from(this.#place);
  }

  covers(offset: number): boolean {
    return this.#asked.covers(offset);
  }

  moveTo(offset: number): void {
    this.#place = offset;
    this.#asked.moved();
  }

  /** What it unpacked itself, and hands over now. Not kept when nobody else reads the partition. */
  put(batch: LogBatch): void {
    this.#place = batch.next_offset;
    this.#asked.put(batch);
  }

  /** Shall it wait for who is behind? Nobody is waited for who does not find its place here. */
  get is_ahead(): boolean {
    return this.#asked.isAhead();
  }

  /** The partition may be another than it was: nothing of it is handed out any more. */
  clear(): void {
    this.#asked.clear();
  }

  /** It reads no more: it is not waited for, and nothing is kept for it. Idempotent. */
  leave(): void {
    this.#asked.leave();
  }
}

const alone = ({ kept }: Shared, at: number): boolean => {
  const [batch, next] = [kept[at]!, kept[at + 1]];
  if (next === undefined) return true;
  return (
    batch.bytes + next.bytes > limits.batch_bytes_max ||
    batch.batch.records.length + next.batch.records.length > limits.batch_records_max
  );
};

function tell({ readers }: Shared, but?: TailReader): void {
  for (const reader of readers) if (reader !== but) reader.onChange();
}
