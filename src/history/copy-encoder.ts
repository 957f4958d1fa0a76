/** Rows as PostgreSQL's binary COPY wants them, by closures made from the declared columns, in one reused buffer. */
import type { Event } from "../core/event.ts";
import type { Column } from "./table.ts";

const SIGNATURE = Buffer.from("PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0", "latin1");
/** 2000-01-01, from which PostgreSQL counts microseconds. */
const POSTGRES_EPOCH_MS = 946_684_800_000;
const TWO_32 = 2 ** 32;
/** A value that is no text takes at most this many bytes, length included. */
const FIXED_MAX = 12;

type Write = (p: number, event: Event) => number;

export class CopyEncoder {
  readonly #columns: readonly Write[];
  #buffer = Buffer.allocUnsafeSlow(1 << 16);
  #view = new DataView(this.#buffer.buffer);

  constructor(columns: readonly Column[]) {
    this.#columns = columns.map((column) => this.#writer(column));
  }

  /** The bytes are good until the next call. */
  encode(events: readonly Event[]): Buffer {
    SIGNATURE.copy(this.#buffer, 0);
    let p = SIGNATURE.length;
    const fixed = 4 + FIXED_MAX * this.#columns.length;
    for (const event of events) {
      this.#ensure(p, fixed);
      this.#view.setInt16(p, this.#columns.length);
      p += 2;
      for (const write of this.#columns) p = write(p, event);
    }
    this.#ensure(p, fixed);
    this.#view.setInt16(p, -1);
    return this.#buffer.subarray(0, p + 2);
  }

  /** Room for so many bytes, kept before each row and after each text. */
  #ensure(p: number, bytes: number): void {
    if (p + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(p + bytes, 2 * this.#buffer.length));
    this.#buffer.copy(larger, 0, 0, p);
    this.#buffer = larger;
    this.#view = new DataView(larger.buffer);
  }

  #writer({ type, of }: Column): Write {
    const some = this.#some(type);
    return (p, event) => {
      const value = of(event);
      if (value !== null) return some(p, value);
      this.#view.setInt32(p, -1);
      return p + 4;
    };
  }

  #some(type: Column["type"]): (p: number, value: unknown) => number {
    switch (type) {
      case "text":
        return (p, value) => this.#text(p, value as string);
      case "timestamptz":
        return (p, value) => this.#bigint(p, ((value as number) - POSTGRES_EPOCH_MS) * 1_000);
      case "bigint":
        return (p, value) => this.#bigint(p, value as number);
      case "double precision":
        return (p, value) => {
          this.#view.setInt32(p, 8);
          this.#view.setFloat64(p + 4, value as number);
          return p + 12;
        };
      case "real":
        return (p, value) => {
          this.#view.setInt32(p, 4);
          this.#view.setFloat32(p + 4, value as number);
          return p + 8;
        };
      case "integer":
        return (p, value) => {
          this.#view.setInt32(p, 4);
          this.#view.setInt32(p + 4, value as number);
          return p + 8;
        };
      case "smallint":
        return (p, value) => {
          this.#view.setInt32(p, 2);
          this.#view.setInt16(p + 4, value as number);
          return p + 6;
        };
      case "boolean":
        return (p, value) => {
          this.#view.setInt32(p, 1);
          this.#view.setUint8(p + 4, value === true ? 1 : 0);
          return p + 5;
        };
    }
  }

  /** Exact for safe integers, also below zero. */
  #bigint(p: number, value: number): number {
    this.#view.setInt32(p, 8);
    this.#view.setInt32(p + 4, Math.floor(value / TWO_32));
    this.#view.setUint32(p + 8, value >>> 0);
    return p + 12;
  }

  /** Most texts are ASCII and short, where a loop beats the encoder's call. */
  #text(p: number, value: string): number {
    const length = value.length;
    this.#ensure(p, 3 * length + FIXED_MAX * (this.#columns.length + 1));
    const buffer = this.#buffer;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code > 127) {
        const bytes = buffer.write(value, p + 4);
        this.#view.setInt32(p, bytes);
        return p + 4 + bytes;
      }
      buffer[p + 4 + i] = code;
    }
    this.#view.setInt32(p, length);
    return p + 4 + length;
  }
}
