/** What a poll brought, judged: what goes on, and what is held back, and why. */
import { z } from "zod";
import { decoderOf } from "../../core/decode.ts";
import type { City } from "../../core/city.ts";
import type { Reject } from "../../core/event.ts";
import { shown } from "../../core/errors.ts";
import type { Stream } from "../../core/stream.ts";
import type { Feed, FeedValue, Measure } from "./feed.ts";
import { Plausibility, ratioWords } from "./suspect.ts";

/** A poll of fewer values of a stream is not called nonsense. */
const VALUES_MIN = 10;
/** More than this share of values that their stream refuses is nonsense. */
const REFUSED_MAX = 0.5;

export interface Held {
  /** Why, in words, without a full stop. */
  words: string;
  refused: readonly { value: unknown; reject: Reject }[];
}

const keptSchema = z.object({
  measures: z.array(
    z.object({
      stream: z.string(),
      field: z.string(),
      /** The ratio that was found, while it is suspect. */
      ratio: z.number().positive().nullable(),
      kept: z.array(z.tuple([z.string(), z.array(z.number().positive())])),
    }),
  ),
});

/** What is kept over a restart. */
export type KeptMeasure = z.output<typeof keptSchema>["measures"][number];

/** As it was noted; none where another release noted it in another shape. */
export function keptMeasures(noted: unknown): readonly KeptMeasure[] {
  const read = keptSchema.safeParse(noted);
  return read.success ? read.data.measures : [];
}

export class Judge {
  readonly #city: City;
  readonly #measures: readonly { measure: Measure; plausibility: Plausibility }[];

  constructor(feed: Pick<Feed, "measures">, city: City, before: readonly KeptMeasure[]) {
    this.#city = city;
    this.#measures = feed.measures.map((measure) => {
      const { stream, field } = measure;
      const kept = before.find((one) => one.stream === stream.name && one.field === field);
      const suspect = typeof kept?.ratio === "number" ? { ratio: kept.ratio } : null;
      return { measure, plausibility: new Plausibility(kept?.kept, suspect) };
    });
  }

  get kept(): KeptMeasure[] {
    return this.#measures.map(({ measure: { stream, field }, plausibility }) => ({
      stream: stream.name,
      field,
      ratio: plausibility.suspect?.ratio ?? null,
      kept: plausibility.kept.map(([key, values]) => [key, [...values]]),
    }));
  }

  /** @returns Null where the values of this poll may go on. */
  look(stream: Stream, values: readonly FeedValue[], now_ms: number): Held | null {
    const why = this.#implausible(stream, values) ?? this.#nonsense(stream, values, now_ms);
    if (why === null) return null;
    const { words, field } = why;
    const refused = values.map((value) => ({
      value,
      reject: {
        reason: "suspect" as const,
        pointer: field === null ? "" : `/${field}`,
        value: shown(field === null ? value : value[field]),
        rule: `is held back: ${words}`,
      },
    }));
    return { words, refused };
  }

  /** Believes what comes next. */
  forget(): void {
    for (const { plausibility } of this.#measures) plausibility.forget();
  }

  /** Every measure looks at every poll, so that each keeps its last values. */
  #implausible(stream: Stream, values: readonly FeedValue[]): { words: string; field: string } | null {
    let found: { words: string; field: string } | null = null;
    for (const { measure, plausibility } of this.#measures) {
      const { field } = measure;
      if (measure.stream.name !== stream.name) continue;
      const by_key = new Map<string, number>();
      for (const value of values) {
        const key = value[stream.key];
        const number = value[field];
        if (typeof key === "string" && typeof number === "number") by_key.set(key, number);
      }
      const suspect = plausibility.look(by_key);
      if (suspect !== null) found ??= { words: `${field} is ${ratioWords(suspect.ratio)}`, field };
    }
    return found;
  }

  #nonsense(
    stream: Stream,
    values: readonly FeedValue[],
    now_ms: number,
  ): { words: string; field: null } | null {
    if (values.length < VALUES_MIN) return null;
    const decoder = decoderOf(stream);
    const context = { city: this.#city, now_ms };
    const refused = values.filter(
      (value) => !decoder.check(value, { ...RAW, received_at_ms: now_ms }, context).ok,
    );
    if (refused.length <= REFUSED_MAX * values.length) return null;
    return {
      words: `${refused.length} of ${values.length} values are no ${stream.label.toLowerCase()}`,
      field: null,
    };
  }
}

const RAW = { value: null, source: "", partition: 0, offset: 0, backfill: false, dead_letter_id: null };
