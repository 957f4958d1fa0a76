/** Rows as PostgreSQL's binary COPY wants them, by closures made from the declared columns, in reused buffers. */
import type { Event } from "../core/event.ts";
import { placesOf, type Arranged } from "./order.ts";
import type { Column } from "./table.ts";

const SIGNATURE = Buffer.from("PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0", "latin1");
const END = Buffer.from([0xff, 0xff]);
/** 2000-01-01, from which PostgreSQL counts microseconds. */
const POSTGRES_EPOCH_MS = 946_684_800_000;
const TWO_32 = 2 ** 32;
/** A value that is no text takes at most this many bytes, length included. */
const FIXED_MAX = 12;

/** Writes a value at a place, and tells the place after it. */
type Write = (p: number, event: Event) => number;

export class CopyEncoder {
  readonly #columns: readonly Write[];
  /** Rows as they came, then the same rows as they are sent. */
  #rows = Buffer.allocUnsafeSlow(1 << 16);
  #view = new DataView(this.#rows.buffer);
  #sent = Buffer.allocUnsafeSlow(1 << 16);

  constructor(columns: readonly Column[]) {
    this.#columns = columns.map((column) => this.#writer(column));
  }

  /** The bytes are good until the next call. */
  encode(all: Arranged): Buffer {
    const order = placesOf(all);
    const ends = this.#encodeRows(all.events, order);
    const bytes = ends.at(-1) ?? 0;
    const need = SIGNATURE.length + bytes + END.length;
    if (this.#sent.length < need) this.#sent = Buffer.allocUnsafeSlow(2 * need);
    let p = SIGNATURE.copy(this.#sent, 0);
    for (const place of order)
      p += this.#rows.copy(this.#sent, p, place === 0 ? 0 : ends[place - 1], ends[place]);
    p += END.copy(this.#sent, p);
    return this.#sent.subarray(0, p);
  }

  /** @returns Where each row ends, by place; those that are not sent have no bytes. */
  #encodeRows(events: readonly Event[], order: Int32Array): Uint32Array {
    const is_sent = new Uint8Array(events.length);
    for (const place of order) is_sent[place] = 1;
    const ends = new Uint32Array(events.length);
    const columns = this.#columns;
    const fixed = 2 + FIXED_MAX * columns.length;
    let p = 0;
    for (let place = 0; place < events.length; place++) {
      if (is_sent[place] === 1) {
        const event = events[place]!;
        this.#ensure(p, fixed);
        this.#view.setInt16(p, columns.length);
        p += 2;
        for (let c = 0; c < columns.length; c++) p = columns[c]!(p, event);
      }
      ends[place] = p;
    }
    return ends;
  }

  /** Room for so many bytes, kept before each row and after each text. */
  #ensure(p: number, bytes: number): void {
    if (p + bytes <= this.#rows.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(p + bytes, 2 * this.#rows.length));
    this.#rows.copy(larger, 0, 0, p);
    this.#rows = larger;
    this.#view = new DataView(larger.buffer);
  }

  /** One closure per column that reads and writes: a second call inside would cost as much again. */
  #writer({ type, of }: Column): Write {
    switch (type) {
      case "text":
        return (p, event) => {
          const value = of(event) as string | null;
          return value === null ? this.#none(p) : this.#text(p, value);
        };
      case "timestamptz":
        return (p, event) => this.#bigint(p, ((of(event) as number) - POSTGRES_EPOCH_MS) * 1_000);
      case "bigint":
        return (p, event) => {
          const value = of(event) as number | null;
          return value === null ? this.#none(p) : this.#bigint(p, value);
        };
      case "double precision":
        return (p, event) => {
          const value = of(event) as number | null;
          if (value === null) return this.#none(p);
          this.#view.setInt32(p, 8);
          this.#view.setFloat64(p + 4, value);
          return p + 12;
        };
      case "real":
        return (p, event) => {
          const value = of(event) as number | null;
          if (value === null) return this.#none(p);
          this.#view.setInt32(p, 4);
          this.#view.setFloat32(p + 4, value);
          return p + 8;
        };
      case "integer":
        return (p, event) => {
          const value = of(event) as number | null;
          if (value === null) return this.#none(p);
          this.#view.setInt32(p, 4);
          this.#view.setInt32(p + 4, value);
          return p + 8;
        };
      case "smallint":
        return (p, event) => {
          const value = of(event) as number | null;
          if (value === null) return this.#none(p);
          this.#view.setInt32(p, 2);
          this.#view.setInt16(p + 4, value);
          return p + 6;
        };
      case "boolean":
        return (p, event) => {
          const value = of(event);
          if (value === null) return this.#none(p);
          this.#view.setInt32(p, 1);
          this.#view.setUint8(p + 4, value === true ? 1 : 0);
          return p + 5;
        };
    }
  }

  #none(p: number): number {
    this.#view.setInt32(p, -1);
    return p + 4;
  }

  /** Exact for safe integers, also below zero. */
  #bigint(p: number, value: number): number {
    const high = Math.floor(value / TWO_32);
    this.#view.setInt32(p, 8);
    this.#view.setInt32(p + 4, high);
    this.#view.setUint32(p + 8, value - high * TWO_32);
    return p + 12;
  }

  /** Most texts are ASCII and short, where a loop beats the encoder's call. */
  #text(p: number, value: string): number {
    const { length } = value;
    this.#ensure(p, 3 * length + FIXED_MAX * (this.#columns.length + 1));
    const rows = this.#rows;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code > 127) {
        const bytes = rows.write(value, p + 4);
        this.#view.setInt32(p, bytes);
        return p + 4 + bytes;
      }
      rows[p + 4 + i] = code;
    }
    this.#view.setInt32(p, length);
    return p + 4 + length;
  }
}
