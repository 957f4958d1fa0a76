/** Conditional requests (RFC 9110 §13) on weak entity tags. */
import { hash32 } from "../src/core/identity.ts";

/** Does `If-None-Match` name this tag? Weak comparison: what counts is the text within the quotes. */
export function matches(if_none_match: string | undefined, etag: string): boolean {
  if (if_none_match === undefined) return false;
  if (if_none_match.trim() === "*") return true;
  const opaque = etag.replace(/^W\//, "");
  return if_none_match.split(",").some((tag) => tag.trim().replace(/^W\//, "") === opaque);
}

/** The tag of something made from what `etag` names: another format, a part of the list. */
export const derivedTag = (etag: string, from: string): string =>
  `W/"${etag.replace(/^W\//, "").replaceAll('"', "")}.${hash32(from).toString(36)}"`;

export const notModified = (etag: string, cache_control: string, vary: string): Response =>
  new Response(null, { status: 304, headers: { etag, "cache-control": cache_control, vary } });
