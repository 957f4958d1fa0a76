/** A smallest event that a stream takes, for the line that shows how to send one. Made from its declaration. */
import type { Field, Value } from "../src/core/field.ts";
import type { Stream } from "../src/core/stream.ts";
import { formatInstant } from "../src/core/time.ts";

/** @param more Fields beside those that must be there. */
export function sampleEvent(
  stream: Stream,
  now_ms: number,
  more: Readonly<Record<string, Value>> = {},
): Record<string, Value> {
  const event: Record<string, Value> = { [stream.event_time]: formatInstant(now_ms - (now_ms % 1_000)) };
  for (const [name, field] of Object.entries(stream.fields)) {
    if (!field.derived && !field.optional) event[name] = sample(name, field);
  }
  return { ...event, ...more };
}

function sample(name: string, field: Field): Value {
  switch (field.kind) {
    case "text":
      return `${name.replace(/_id$/, "")}-1`;
    case "number":
      return between(field.min ?? 0, field.max ?? 1);
    case "flag":
      return false;
    case "choice":
      return field.values?.[0] ?? "";
  }
}

/** A plain number within bounds; not zero where it may be another, for zero often means none. */
const between = (min: number, max: number): number =>
  max < 1 ? max : min > 12.5 ? min : Math.min(12.5, max);
