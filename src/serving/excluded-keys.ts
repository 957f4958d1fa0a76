/**
 * Keys that analytics leave out. Every analytic answer over keys of a stream asks this for its span, takes the keys out (`keys` of
 * `GroupQuery`, or after grouping by key; roll-ups of all keys together hold them still), and tells `notes` in its meta.
 */
import type { Exclusion, QualityStore } from "../history/quality/quality-store.ts";
import { localDay } from "../core/local-day.ts";

export interface Excluded {
  keys: ReadonlySet<string>;
  /** Which, from when to when, and why. */
  exclusions: readonly Exclusion[];
  /** `3 roads excluded: stuck`; null where none is. */
  note: string | null;
}

/** Keys that are excluded on any day of `[from_ms, to_ms)`: a figure over a span never mixes days with and without a key. */
export async function excludedKeys(
  quality: Pick<QualityStore, "exclusions"> | undefined,
  stream: string,
  zone: string,
  from_ms: number,
  to_ms: number,
): Promise<Excluded> {
  if (quality === undefined || from_ms >= to_ms) return { keys: new Set(), exclusions: [], note: null };
  const exclusions = await quality.exclusions(stream, {
    from_day: localDay(from_ms, zone),
    to_day: localDay(to_ms - 1, zone),
  });
  return { keys: new Set(exclusions.map(({ key }) => key)), exclusions, note: noteOf(exclusions) };
}

const WORDS: Readonly<Record<Exclusion["rule"], string>> = {
  stuck: "stuck sensor",
  jumps: "impossible jumps",
  incomplete: "too little data",
  hand: "by hand",
};

/** @param noun What a key is: `road`. */
export function noteOf(exclusions: readonly Pick<Exclusion, "key" | "rule">[], noun = "key"): string | null {
  const keys = new Set(exclusions.map(({ key }) => key));
  if (keys.size === 0) return null;
  const rules = [...new Set(exclusions.map(({ rule }) => WORDS[rule]))].sort();
  return `${keys.size} ${noun}${keys.size === 1 ? "" : "s"} excluded: ${rules.join(", ")}`;
}
