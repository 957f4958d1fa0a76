/** How often a feed is polled, and how many calls a day it may make: as declared, or as the configuration says. */
import { ConfigError, shown } from "../../core/errors.ts";
import type { Feed } from "./feed.ts";

/** `open-meteo` → `OPEN_METEO`. */
const prefixOf = (name: string): string => name.replaceAll("-", "_").toUpperCase();

function whole(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  min: number,
  max: number,
): number | null {
  const text = env[name];
  if (text === undefined || text === "") return null;
  const n = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (n >= min && n <= max) return n;
  throw new ConfigError(`${name} is ${shown(text)}, but it must be a whole number from ${min} to ${max}`);
}

/**
 * A feed at the pace that the configuration sets: `<FEED>_EVERY_S`, else `FEED_EVERY_S` for all of them, else its own; and
 * `<FEED>_CALLS_PER_DAY` where the account has another quota than the free one that is declared.
 *
 * @throws {ConfigError} one sentence that names the variable.
 */
export function atPace<F extends Pick<Feed, "name" | "every_ms" | "calls_per_day_max">>(
  feed: F,
  env: Readonly<Record<string, string | undefined>>,
): F {
  const prefix = prefixOf(feed.name);
  const every_s = whole(env, `${prefix}_EVERY_S`, 10, 86_400) ?? whole(env, "FEED_EVERY_S", 10, 86_400);
  const calls = whole(env, `${prefix}_CALLS_PER_DAY`, 1, 10_000_000);
  return {
    ...feed,
    every_ms: every_s === null ? feed.every_ms : every_s * 1_000,
    calls_per_day_max: calls ?? feed.calls_per_day_max,
  };
}
