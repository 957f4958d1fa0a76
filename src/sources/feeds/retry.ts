/** When a call is tried again. */
import { hours } from "../../core/time.ts";

/** No upstream is waited for longer than this because it says so. */
export const RETRY_AFTER_MS_MAX = hours(1);

/**
 * `Retry-After` (RFC 9110 §10.2.3): whole seconds, or an HTTP date.
 *
 * @returns ms from now, 0 to `RETRY_AFTER_MS_MAX`; null where there is none, or none that can be read.
 */
export function retryAfter(header: string | null, now_ms: number): number | null {
  const text = header?.trim() ?? "";
  if (text === "") return null;
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now_ms;
  // A number with a sign or a point is no date either, though a lenient reader takes it for one.
  if (!Number.isFinite(ms) || /^[-+.\d]+$/.test(text) !== /^\d{1,9}$/.test(text)) return null;
  return Math.min(RETRY_AFTER_MS_MAX, Math.max(0, ms));
}

/**
 * Exponential backoff with full jitter: anything from nothing to twice as long each time, so that many who failed
 * together do not come back together.
 *
 * @param attempt How often it failed, from 1.
 * @param random 0 (inclusive) to 1.
 */
export const backoff = (attempt: number, random: number, base_ms = 1_000, max_ms = 30_000): number =>
  random * Math.min(max_ms, base_ms * 2 ** (attempt - 1));
