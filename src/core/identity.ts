/** Identities computed from what they identify, so that a repeat is a duplicate. */
import { createHash } from "node:crypto";
import type { Row } from "./event.ts";
import type { Stream } from "./stream.ts";

/** Namespace of our UUIDv5s (RFC 9562 §5.5); any fixed UUID of one's own will do. */
const NAMESPACE = Buffer.from("8f6f2a52c0de4b5ba7e1a27e41a1c17e", "hex");

/** UUIDv5 of a text in our namespace. */
export function uuid5(name: string): string {
  const hash = createHash("sha1").update(NAMESPACE).update(name).digest();
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  const hex = hash.toString("hex", 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The id of an event that came without one: the same content gives the same id. */
export function contentId(stream: Stream, key: string, event_time_ms: number, row: Row): string {
  const content = stream.field_names.filter((name) => !stream.fields[name]!.derived).map((name) => row[name]);
  return uuid5(JSON.stringify([stream.name, key, event_time_ms, content]));
}

/** FNV-1a, 32 bits, over UTF-16 code units: short, stable, not for secrets. Which partition a key belongs to. */
export function hash32(textual: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < textual.length; i++) h = Math.imul(h ^ textual.charCodeAt(i), 0x01000193);
  return h >>> 0;
}
