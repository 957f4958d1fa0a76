/** One JSON value, parsed safely: bounded in size and depth, UTF-8 or refused. */
import { limits } from "./limits.ts";

export type Parsed =
  | { ok: true; value: unknown }
  | { ok: false; reason: "json" | "size" | "depth" | "text"; shown: unknown; rule: string };

const [BRACE_OPEN, BRACE_CLOSE, QUOTE, BACKSLASH] = [123, 125, 34, 92];
const BRACKETS = ["{", "["] as const;
const decoder = new TextDecoder("utf-8", { fatal: true });

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
  let textual: string;
  try {
    textual = decoder.decode(value);
  } catch {
    return { ok: false, reason: "text", shown: null, rule: "must be UTF-8" };
  }
  if (!hasFewBrackets(textual) && tooDeep(value)) {
    return {
      ok: false,
      reason: "depth",
      shown: null,
      rule: `must not be nested deeper than ${limits.json_depth_max}`,
    };
  }
  try {
    return { ok: true, value: JSON.parse(textual) as unknown };
  } catch {
    return { ok: false, reason: "json", shown: textual.slice(0, 100), rule: "must be JSON" };
  }
}

/** Nothing is deeper than it has brackets: counted by the engine's own search, which is far cheaper than a loop over all bytes. */
function hasFewBrackets(textual: string): boolean {
  let found = 0;
  for (const bracket of BRACKETS) {
    for (let at = textual.indexOf(bracket); at !== -1; at = textual.indexOf(bracket, at + 1)) {
      if (++found > limits.json_depth_max) return false;
    }
  }
  return true;
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
