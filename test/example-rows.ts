/** Rows of any stream, made from its declaration: each field in its bounds, the optional ones once there and once null. */
import type { Value, Field } from "../src/core/field.ts";
import { round } from "../src/core/field.ts";
import type { AnswerRow } from "../src/core/json.ts";
import type { Stream } from "../src/core/stream.ts";
import type { CurrentRow } from "../src/serving/answer.ts";

/** Values of fields that a declaration cannot say enough of. */
const KNOWN: Readonly<Record<string, Value>> = {
  latitude: 51.5,
  longitude: 1.5,
  opened_at: "2026-11-20T10:10:00Z",
};

function valueOf(name: string, field: Field, n: number): Value {
  if (KNOWN[name] !== undefined) return KNOWN[name];
  switch (field.kind) {
    case "number":
      return round((field.min! + Math.min(field.max!, field.min! + 100)) / 2, field.decimals ?? 0);
    case "flag":
      return n % 2 === 0;
    case "choice":
      return field.values![n % field.values!.length]!;
    case "text":
      return `${name} ${n}`;
  }
}

/** @param keys Of the rows; a key that is a choice takes its values instead. */
export const exampleRows = (stream: Stream, keys: readonly string[], time: string): readonly CurrentRow[] =>
  keys.map((key, n) => {
    const row: Record<string, Value> = { [stream.identity]: `e-${key}`, [stream.event_time]: time };
    for (const [name, field] of Object.entries(stream.fields)) {
      const absent = field.optional && n > 0 && KNOWN[name] === undefined;
      row[name] = absent ? null : valueOf(name, field, n);
    }
    if (stream.fields[stream.key]!.kind === "text") row[stream.key] = key;
    return { ...row, as_of: time, stale: false };
  });

/** A window of a row's key. */
export function exampleWindow(stream: Stream, row: AnswerRow, start: string, end: string): AnswerRow {
  const window: AnswerRow = { window_start: start, window_end: end, [stream.key]: row[stream.key]! };
  for (const aggregate of stream.windows?.aggregates ?? []) {
    for (const [name, said] of Object.entries(aggregate.answers)) {
      const of = stream.fields[name.replace(/_(mean|min|max|stddev|sum)$/, "")];
      window[name] = said.integer === true || of === undefined ? 3 : (of.min ?? 0) < 0 ? 1 : of.min!;
    }
  }
  return window;
}
