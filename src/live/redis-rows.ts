/**
 * A row as a Redis hash that any client can read: a field per declared field, numbers and flags as in JSON, texts as
 * they are, nothing where the value is null. (A text that is empty or begins with a quote stands in JSON's quotes.)
 */
import { hash32 } from "../core/identity.ts";
import type { AnswerRow } from "../core/json.ts";
import type { Stream } from "../core/stream.ts";
import type { LiveRow } from "./live-store.ts";

/** Our own fields, beside the declared: place and order of the event, and what the declaration does not know. */
const OWN = ["_shape", "_event_time_ms", "_partition", "_offset", "_source"] as const;
const MORE = "_more";

/** Writes and reads the hashes of one stream. */
export class RedisRows {
  /** Names to ask for, in the order that `read` expects. */
  readonly names: readonly string[];
  readonly #before: string;
  readonly #after: string;
  readonly #declared: readonly string[];
  readonly #known: ReadonlySet<string>;
  readonly #texts: ReadonlySet<string>;
  /**
   * Marks a hash that has all of `names` but the last, in this order: its values alone say everything, and Redis reads
   * them in half the time.
   */
  readonly shape: string;

  /** @throws {TypeError} for a stream that is declared without a live view. */
  constructor(stream: Stream) {
    if (stream.live === null)
      throw new TypeError(`Cannot hold ${stream.name} live: its declaration says live: null`);
    this.#declared = [stream.identity, stream.event_time, ...stream.field_names];
    this.#known = new Set(this.#declared);
    this.names = [...OWN, ...this.#declared, MORE];
    this.shape = hash32(this.names.join()).toString(36);
    const isText = (name: string): boolean =>
      ["text", "choice"].includes(stream.fields[name]?.kind ?? "text");
    this.#texts = new Set(this.#declared.filter(isText));
    const [before, after] = stream.live.hash.split(`{${stream.key}}`);
    if (before === undefined || after === undefined)
      throw new TypeError(`The live hash of ${stream.name} must name its key: {${stream.key}}`);
    this.#before = before;
    this.#after = after;
  }

  /** `road:{road_id}:current` with the key in it. */
  hash(key: string): string {
    return this.#before + key + this.#after;
  }

  /** Field, value, field, value, … */
  fields({ event_time_ms, partition, offset, source, row }: LiveRow): string[] {
    const out = ["_shape", this.shape, "_event_time_ms", `${event_time_ms}`, "_partition", `${partition}`];
    out.push("_offset", `${offset}`, "_source", source);
    for (const name of this.#declared) {
      const value = row[name];
      if (value === undefined) out[1] = "";
      else out.push(name, this.#write(name, value));
    }
    const more = Object.entries(row).filter(([name]) => !this.#known.has(name));
    if (more.length > 0) {
      out[1] = "";
      out.push(MORE, JSON.stringify(Object.fromEntries(more)).toWellFormed());
    }
    return out;
  }

  /** @param values Of `names`, the last ones perhaps missing. @returns null for a hash that is not there, or not ours. */
  read(key: string, values: readonly (string | false | null)[]): LiveRow | null {
    const [, event_time, partition, offset, source] = values;
    const more = values[OWN.length + this.#declared.length];
    if (typeof event_time !== "string" || typeof partition !== "string" || typeof offset !== "string")
      return null;
    const row: AnswerRow = {};
    try {
      for (let n = 0; n < this.#declared.length; n++) {
        const value = values[OWN.length + n];
        const name = this.#declared[n]!;
        if (typeof value === "string") row[name] = this.#read(name, value);
      }
      if (typeof more === "string") Object.assign(row, JSON.parse(more));
    } catch {
      return null;
    }
    const place = { event_time_ms: Number(event_time), partition: Number(partition), offset: Number(offset) };
    if (!Object.values(place).every(Number.isSafeInteger)) return null;
    return { key, ...place, source: typeof source === "string" ? source : "", row };
  }

  #write(name: string, value: NonNullable<AnswerRow[string]> | null): string {
    if (value === null) return "";
    if (typeof value !== "string") return JSON.stringify(value);
    if (!this.#texts.has(name)) return JSON.stringify(value);
    return value === "" || value.startsWith('"') ? JSON.stringify(value) : value.toWellFormed();
  }

  /** @throws {SyntaxError} for what is none of ours. */
  #read(name: string, text: string): AnswerRow[string] {
    if (text === "") return null;
    if (this.#texts.has(name) && !text.startsWith('"')) return text;
    return JSON.parse(text) as AnswerRow[string];
  }
}
