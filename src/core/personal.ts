/**
 * What is kept and told of a value that was refused, where a stream has fields of persons: they are hashed in it, as in
 * an event, and what cannot be taken apart is not kept at all.
 */
import { keptText } from "./field.ts";
import { limits } from "./limits.ts";
import { parseOne } from "./parse.ts";
import { pseudonym } from "./pseudonym.ts";
import type { Stream } from "./stream.ts";

const NOTHING = new Uint8Array();
const encoder = new TextEncoder();

/** May a refused value be told, with the field it stands in? Not a person's, and nothing that may hold one. */
export function mayBeTold({ personal }: Stream, pointer: string, value: unknown): boolean {
  if (personal.length === 0) return true;
  const scalar = value === null || typeof value !== "object";
  return pointer !== "" && scalar && !personal.includes(pointer.slice(1));
}

/**
 * A refused value with its fields of persons hashed; where one of them is what was refused, it is made unreadable and
 * stays refused, so that a dead letter can be tried again.
 *
 * @returns The value itself where its stream has no such fields, and nothing where it is no JSON object that could be one.
 */
export function withoutPersons({ personal }: Stream, value: Uint8Array, salt?: string): Uint8Array {
  if (personal.length === 0) return value;
  const parsed = parseOne(value);
  if (!parsed.ok || typeof parsed.value !== "object" || parsed.value === null || Array.isArray(parsed.value))
    return NOTHING;
  const from = parsed.value as Record<string, unknown>;
  const hashed = personal.flatMap((name) =>
    Object.hasOwn(from, name) ? [[name, unreadable(from[name], salt)] as const] : [],
  );
  return encoder.encode(JSON.stringify({ ...from, ...Object.fromEntries(hashed) }));
}

function unreadable(value: unknown, salt: string | undefined): unknown {
  if (typeof value === "number") return 0;
  if (typeof value === "object" && value !== null) return {};
  if (typeof value !== "string") return value;
  const kept = keptText(value, limits.id_chars_max);
  if (kept !== null) return pseudonym(kept, salt);
  const masked = value.replaceAll(/[^\p{Cc}\p{Cs}]/gu, (sign) => "x".repeat(sign.length));
  // One that was too long in Unicode NFC only.
  return keptText(masked, limits.id_chars_max) === null
    ? masked
    : masked.padEnd(limits.id_chars_max + 1, "x");
}
