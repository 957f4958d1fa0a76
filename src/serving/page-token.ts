/**
 * Page tokens: the place of a page's last row, not its number, so that rows which come in between move nothing. Opaque to
 * clients; one that is forged, damaged or of another list is told from ours.
 */
import { hash32 } from "../core/identity.ts";
import { limits } from "../core/limits.ts";
import { invalidParameter } from "./problem.ts";

export type PlaceParts = readonly (string | number)[];

/** @param list Which list it continues, so that no token is taken for another's. */
export function pageToken(list: string, place: PlaceParts): string {
  const body = JSON.stringify(place);
  return Buffer.from(`${checksum(list, body)}${body}`).toString("base64url");
}

/**
 * @param shape What each part must be.
 * @throws {ProblemError} invalid-parameter for a token that is none of this list's.
 */
export function readPageToken(
  list: string,
  token: string,
  shape: readonly ("string" | "number")[],
): PlaceParts {
  const place = token.length <= limits.cursor_chars_max ? parse(list, token) : null;
  const fits =
    Array.isArray(place) &&
    place.length === shape.length &&
    place.every((part, i) => typeof part === shape[i]);
  if (!fits) throw invalidParameter("cursor", token, "must be the next_cursor of a page of this list");
  return place as PlaceParts;
}

function parse(list: string, token: string): unknown {
  const plain = Buffer.from(token, "base64url").toString();
  const body = plain.slice(7);
  // One token for one place: what base64 reads past is forged, too.
  const whole = Buffer.from(plain).toString("base64url") === token;
  if (!whole || checksum(list, body) !== plain.slice(0, 7)) return null;
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return null;
  }
}

const checksum = (list: string, body: string): string =>
  hash32(`page ${list} ${body}`).toString(36).padStart(7, "0").slice(-7);
