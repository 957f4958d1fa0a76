/** Many JSON values parsed with one call of the parser, safely. */
import { limits } from "./limits.ts";

export type Parsed =
  | { ok: true; value: unknown }
  | { ok: false; reason: "json" | "size" | "depth" | "text"; shown: unknown; rule: string };

const CHUNK = 256;
// A number nobody can guess stands between the values: a crafted value cannot shift its neighbours.
const NONCE = Math.floor(Math.random() * 2 ** 52);
const SEPARATOR = Buffer.from(`,${NONCE},`);
const [BRACE_OPEN, BRACE_CLOSE, QUOTE, BACKSLASH] = [123, 125, 34, 92];
const decoder = new TextDecoder("utf-8", { fatal: true });

let joined = Buffer.allocUnsafeSlow(256 * 1024);

export function parseValues(values: readonly (Uint8Array | null)[]): Parsed[] {
  const out: Parsed[] = [];
  for (let at = 0; at < values.length; at += CHUNK) {
    const chunk = values.slice(at, at + CHUNK);
    const together = chunk.length > 1 ? parseTogether(chunk) : null;
    for (let i = 0; i < chunk.length; i++) {
      // Only what the joint parse gave as an object is taken from it: all else is looked at alone.
      const value = together?.[2 * i];
      out.push(value !== null && typeof value === "object" ? { ok: true, value } : parseOne(chunk[i]!));
    }
  }
  return out;
}

/** `[v0,N,v1,N,v2]` in one parse, or null if that does not come out as expected. */
function parseTogether(chunk: readonly (Uint8Array | null)[]): unknown[] | null {
  let need = 2;
  for (const value of chunk) need += (value?.length ?? 4) + SEPARATOR.length;
  if (need > joined.length) joined = Buffer.allocUnsafeSlow(need * 2);
  let p = 0;
  joined[p++] = 91;
  let objects = 0;
  for (let i = 0; i < chunk.length; i++) {
    if (i > 0) p += SEPARATOR.copy(joined, p);
    const value = chunk[i]!;
    if (!looksLikeObject(value) || value.length > limits.event_bytes_max) {
      p += joined.write("null", p);
    } else {
      joined.set(value, p);
      p += value.length;
      objects++;
    }
  }
  joined[p++] = 93;
  try {
    const textual = decoder.decode(joined.subarray(0, p));
    // A value that is too deep has more brackets than this allows all of them together: few chunks are looked into.
    if (
      !hasFewBrackets(textual, objects + limits.json_depth_max) &&
      chunk.some((v) => v !== null && tooDeep(v))
    )
      return null;
    const all = JSON.parse(textual) as unknown[];
    if (all.length !== 2 * chunk.length - 1) return null;
    for (let i = 1; i < all.length; i += 2) if (all[i] !== NONCE) return null;
    return all;
  } catch {
    return null;
  }
}

/** Counted by the engine's own search: a loop over all bytes would cost as much as a quarter of the parsing. */
function hasFewBrackets(textual: string, most: number): boolean {
  let found = 0;
  for (const bracket of "{[") {
    for (let at = textual.indexOf(bracket); at !== -1; at = textual.indexOf(bracket, at + 1)) {
      if (++found > most) return false;
    }
  }
  return true;
}

const looksLikeObject = (value: Uint8Array | null): value is Uint8Array =>
  value !== null && value.length >= 2 && value[0] === BRACE_OPEN && value[value.length - 1] === BRACE_CLOSE;

export function parseOne(value: Uint8Array | null): Parsed {
  if (value === null || value.length === 0) {
    return { ok: false, reason: "json", shown: null, rule: "must be a JSON object, not an empty value" };
  }
  if (value.length > limits.event_bytes_max) {
    return {
      ok: false,
      reason: "size",
      shown: value.length,
      rule: `must be at most ${limits.event_bytes_max} bytes`,
    };
  }
  if (tooDeep(value)) {
    return {
      ok: false,
      reason: "depth",
      shown: null,
      rule: `must not be nested deeper than ${limits.json_depth_max}`,
    };
  }
  let textual: string;
  try {
    textual = decoder.decode(value);
  } catch {
    return { ok: false, reason: "text", shown: null, rule: "must be UTF-8" };
  }
  try {
    return { ok: true, value: JSON.parse(textual) as unknown };
  } catch {
    return { ok: false, reason: "json", shown: textual.slice(0, 100), rule: "must be JSON" };
  }
}

/** Is JSON nested deeper than allowed? Looks at bytes, before the parser could recurse. */
export function tooDeep(value: Uint8Array, depth_max: number = limits.json_depth_max): boolean {
  // A value needs two bytes per level: short ones cannot be too deep.
  if (value.length < 2 * depth_max) return false;
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < value.length; i++) {
    const byte = value[i]!;
    if (quoted) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) quoted = false;
    } else if (byte === QUOTE) quoted = true;
    else if (byte === BRACE_OPEN || byte === 91) {
      if (++depth > depth_max) return true;
    } else if (byte === BRACE_CLOSE || byte === 93) depth--;
  }
  return false;
}
