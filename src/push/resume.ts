/** How far the hub has read each partition, and where in the ring a client goes on that shows a cursor. */
import { formatCursor, type LogPosition } from "../core/cursor.ts";
import type { Stream } from "../core/stream.ts";

/** Where to go on: a place in the ring; `too-old` for the ring; `ahead` of what this process has read so far. */
export type ResumeAt = { at: number } | "too-old" | "ahead";

/** One partition's way through the ring. */
interface Track {
  next_offset: number;
  /** Cursors below it may have missed changes that the ring has dropped. */
  floor: number;
  /** Batches that changed something: where their changes begin in the ring, and the offset after them. Ascending. */
  marks: { seq: number; end_offset: number }[];
}

export class Positions {
  readonly #epoch: string;
  readonly #tracks = new Map<string, (Track | undefined)[]>();
  /** Of partitions that reading has not begun: the first change that no record caused, −1 once the ring has dropped it. */
  readonly #early = new Map<string, number>();
  #version = 0;
  readonly #cursors = new Map<string, { version: number; text: string }>();

  /** @param streams Their partitions start unknown; one that was never begun counts as read up to 0. */
  constructor(epoch: string, streams: readonly Stream[]) {
    this.#epoch = epoch;
    for (const s of streams) this.#tracks.set(s.name, Array.from({ length: s.partitions }));
  }

  /** Next offset of a partition; null before `begin`. */
  next(stream: Stream, partition: number): number | null {
    return this.#tracks.get(stream.name)?.[partition]?.next_offset ?? null;
  }

  /** Says where reading of a partition starts: older cursors are too old. Does nothing if that is known. */
  begin(stream: Stream, partition: number, offset: number): void {
    if (this.next(stream, partition) !== null) return;
    const early = this.#early.get(`${stream.name} ${partition}`);
    this.#early.delete(`${stream.name} ${partition}`);
    const dropped = early !== undefined && early < 0;
    this.#of(stream)[partition] = {
      next_offset: offset,
      floor: dropped ? offset + 1 : offset,
      marks: early === undefined || dropped ? [] : [{ seq: early, end_offset: offset + 1 }],
    };
    this.#version++;
  }

  /** @param seq Where the batch's changes begin in the ring; null when it changed nothing that is pushed. */
  advance(stream: Stream, partition: number, next_offset: number, seq: number | null): void {
    this.begin(stream, partition, 0);
    const track = this.#of(stream)[partition]!;
    if (next_offset > track.next_offset) {
      track.next_offset = next_offset;
      this.#version++;
    }
    if (seq !== null) track.marks.push({ seq, end_offset: next_offset });
  }

  /**
   * A change that no record of the log caused. Cursors up to now have not seen it. It does not say where reading starts:
   * who took 0 for that would wait for records that retention took.
   */
  mark(stream: Stream, partition: number, seq: number): void {
    const track = this.#of(stream)[partition];
    const place = `${stream.name} ${partition}`;
    if (track === undefined) this.#early.set(place, this.#early.get(place) ?? seq);
    else track.marks.push({ seq, end_offset: track.next_offset + 1 });
  }

  /** The cursor of these streams now; made once per position. */
  cursor(streams: readonly Stream[]): string {
    const id = streams.map((s) => s.name).join();
    const known = this.#cursors.get(id);
    if (known?.version === this.#version) return known.text;
    const position: Record<string, number[]> = {};
    for (const s of streams) position[s.name] = Array.from(this.#of(s), (track) => track?.next_offset ?? 0);
    const text = formatCursor(this.#epoch, position);
    this.#cursors.set(id, { version: this.#version, text });
    return text;
  }

  /**
   * Where a client goes on. All changes at or after its cursor lie behind that place; some before it may, too:
   * they are newest states, so a repeat does no harm.
   *
   * @param head Place for a client that has missed nothing.
   */
  resumeAt(resume: LogPosition, streams: readonly Stream[], head: number): ResumeAt {
    let at = head;
    let ahead = false;
    for (const stream of streams) {
      const offsets = resume[stream.name];
      if (offsets === undefined) return "too-old";
      const tracks = this.#of(stream);
      for (let p = 0; p < Math.max(tracks.length, offsets.length); p++) {
        const offset = offsets[p] ?? 0;
        const track = tracks[p];
        if (offset < (track?.floor ?? 0)) return "too-old";
        if (offset > (track?.next_offset ?? 0)) ahead = true;
        else if (track !== undefined) at = Math.min(at, firstAfter(track.marks, offset) ?? head);
        else {
          const early = this.#early.get(`${stream.name} ${p}`) ?? head;
          if (early < 0) return "too-old";
          at = Math.min(at, early);
        }
      }
    }
    return ahead ? "ahead" : { at };
  }

  /** The ring keeps only what is at `base` and after. */
  evict(base: number): void {
    for (const [place, seq] of this.#early) if (seq < base) this.#early.set(place, -1);
    for (const tracks of this.#tracks.values()) {
      for (const track of tracks) {
        if (track === undefined) continue;
        let n = 0;
        while (n < track.marks.length && track.marks[n]!.seq < base)
          track.floor = track.marks[n++]!.end_offset;
        if (n > 0) track.marks.splice(0, n);
      }
    }
  }

  #of(stream: Stream): (Track | undefined)[] {
    const tracks = this.#tracks.get(stream.name);
    if (tracks === undefined)
      throw new TypeError(`Cannot push stream ${stream.name}: the hub was not made with it`);
    return tracks;
  }
}

/** Seq of the first batch that ends after the offset. */
function firstAfter(marks: Track["marks"], offset: number): number | null {
  let low = 0;
  let high = marks.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (marks[mid]!.end_offset > offset) high = mid;
    else low = mid + 1;
  }
  return marks[low]?.seq ?? null;
}
