/** The door's implementation: decode, stamp, gather, append. */
import { decoderOf, type DecodeContext, type Decoded, type RawValue } from "../core/decode.ts";
import { LogUnavailableError } from "../core/errors.ts";
import type { CityRules } from "../core/city.ts";
import type { Reject } from "../core/event.ts";
import { wireJson } from "../core/json.ts";
import { limits } from "../core/limits.ts";
import { mayBeTold, withoutPersons } from "../core/personal.ts";
import type { Stream } from "../core/stream.ts";
import type { Clock } from "../core/time.ts";
import type { Headers, Log, NewRecord } from "../log/log.ts";
import { doorLetter, payloadOf } from "./dead-letter.ts";
import { DEAD_LETTERS_TOPIC, type DoorOptions, type DoorResult, type RefusingDoor } from "./door.ts";
import { Gatherer } from "./gatherer.ts";

/** Too much waits at the door already. Nothing of this call was written: try again in a moment. */
export class DoorOverloadedError extends LogUnavailableError {
  override name = "DoorOverloadedError";
}

export interface DoorDeps {
  log: Pick<Log, "append">;
  city: CityRules;
  clock: Clock;
}

// Events checked in one piece before other work gets its turn: about 5 ms.
const SLICE = 1_000;
// What a parsed value is taken to weigh, until it is bytes again.
const VALUE_BYTES = 300;

const encoder = new TextEncoder();

export function createDoor({ log, city, clock }: DoorDeps): RefusingDoor {
  const gatherers = new Map<string, Gatherer>();
  // Calls of one stream take turns while they are checked, so that what came first is first in the log.
  const turns = new Map<string, Promise<void>>();
  let held_bytes = 0;

  function gatherer(topic: string): Gatherer {
    let found = gatherers.get(topic);
    if (found === undefined) gatherers.set(topic, (found = new Gatherer(log, topic)));
    return found;
  }

  /** Counts what a call holds for as long as it lasts. The first call always fits. */
  async function holding<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    if (held_bytes > 0 && held_bytes + bytes > limits.gather_bytes_max) {
      throw new DoorOverloadedError(
        `Cannot take ${bytes} bytes at the door: ${held_bytes} wait to be written already, at most ${limits.gather_bytes_max} may`,
      );
    }
    held_bytes += bytes;
    try {
      return await work();
    } finally {
      held_bytes -= bytes;
    }
  }

  function letterRecord(
    stream: Stream,
    reject: Reject,
    payload: Uint8Array,
    options: DoorOptions,
    now_ms: number,
  ): NewRecord {
    const told = mayBeTold(stream, reject.pointer, null) ? reject : { ...reject, value: "" };
    const kept = withoutPersons(stream, payload, city.salt);
    const letter = doorLetter(stream.name, told, payload, kept, options.source, now_ms);
    return { key: null, value: encoder.encode(JSON.stringify(letter)), headers: headersOf(options) };
  }

  /** Checks the values slice by slice; the appends stand in the gatherers when this resolves. */
  async function check(
    stream: Stream,
    count: number,
    slice: (from: number, to: number, context: DecodeContext) => Decoded[],
    payload: (index: number) => Uint8Array,
    options: DoorOptions,
  ) {
    const headers = headersOf(options);
    const records: NewRecord[] = [];
    const letters: NewRecord[] = [];
    const rejects: (Reject & { line: number })[] = [];
    for (let from = 0; from < count; from += SLICE) {
      if (from > 0) await otherWork();
      const now_ms = clock.now();
      const decoded = slice(from, Math.min(count, from + SLICE), { city, now_ms });
      for (let i = 0; i < decoded.length; i++) {
        const d = decoded[i]!;
        if (d.ok) {
          records.push({ key: d.event.key, value: encoder.encode(wireJson(stream, d.event)), headers });
        } else {
          const line = from + i;
          letters.push(letterRecord(stream, d.reject, payload(line), options, now_ms));
          if (rejects.length < limits.rejects_told_max) rejects.push({ ...d.reject, line: line + 1 });
        }
      }
    }
    const appends = Promise.all([
      gatherer(stream.topic).append(records),
      gatherer(DEAD_LETTERS_TOPIC).append(letters),
    ]);
    // In an object: an async function would wait for a bare promise, and the next call's turn with it.
    return { appends, result: { accepted: records.length, rejected: letters.length, rejects } };
  }

  async function take(
    stream: Stream,
    bytes: number,
    work: () => ReturnType<typeof check>,
  ): Promise<DoorResult> {
    return holding(bytes, async () => {
      const before = turns.get(stream.name) ?? Promise.resolve();
      const checked = before.then(work);
      turns.set(stream.name, checked.then(nothing, nothing));
      const { appends, result } = await checked;
      const [applied] = await appends;
      return { ...result, applied };
    });
  }

  return {
    accept(stream, values, options) {
      const decoder = decoderOf(stream);
      return take(stream, values.length * VALUE_BYTES, () =>
        check(
          stream,
          values.length,
          (from, to, context) => {
            const raw = rawOf(null, options.source, context.now_ms, options.backfill ?? false);
            return values.slice(from, to).map((value) => decoder.check(value, raw, context));
          },
          (index) => payloadOf(values[index]),
          options,
        ),
      );
    },

    acceptBytes(stream, values, options) {
      const decoder = decoderOf(stream);
      let bytes = 0;
      for (const value of values) bytes += value.length;
      return take(stream, bytes, () =>
        check(
          stream,
          values.length,
          (from, to, context) =>
            decoder.decode(
              values
                .slice(from, to)
                .map((v) => rawOf(v, options.source, context.now_ms, options.backfill ?? false)),
              context,
            ),
          (index) => values[index]!,
          options,
        ),
      );
    },

    refuse(stream, refused, options) {
      return holding(refused.length * VALUE_BYTES, async () => {
        const now_ms = clock.now();
        const letters = refused.map(({ value, reject }) =>
          letterRecord(stream, reject, payloadOf(value), options, now_ms),
        );
        await gatherer(DEAD_LETTERS_TOPIC).append(letters);
      });
    },
  };
}

const rawOf = (value: Uint8Array | null, source: string, now_ms: number, backfill: boolean): RawValue => ({
  value,
  source,
  received_at_ms: now_ms,
  partition: 0,
  offset: 0,
  backfill,
  dead_letter_id: null,
});

const headersOf = (options: DoorOptions): Headers =>
  options.backfill === true ? { source: options.source, backfill: "1" } : { source: options.source };

const otherWork = (): Promise<void> => new Promise((go) => setImmediate(go));

const nothing = (): void => {};
