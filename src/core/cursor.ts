/**
 * The one cursor: a position in the log as one opaque text. It is the SSE id, a live list's `since=`, and the
 * stamp on an export. It names the next offset per partition of each stream.
 */
import { hash32 } from "./identity.ts";
import { limits } from "./limits.ts";

/** Stream name → next offset per partition, by partition number. */
export type LogPosition = Readonly<Record<string, readonly number[]>>;

/**
 * @param epoch Identity of the log. A cursor of another log is not understood.
 */
export function formatCursor(epoch: string, position: LogPosition): string {
  const body = Object.entries(position)
    .map(([stream, offsets]) => `${stream}:${offsets.map((n) => n.toString(36)).join(".")}`)
    .join(";");
  return Buffer.from(`${checksum(epoch, body)}${body}`).toString("base64url");
}

/**
 * @returns The position, or null when the text is no cursor of this log: forged, cut off, of another epoch.
 */
export function parseCursor(epoch: string, cursor: string): LogPosition | null {
  if (cursor.length === 0 || cursor.length > limits.cursor_chars_max || !/^[\w-]+$/.test(cursor)) return null;
  const plain = Buffer.from(cursor, "base64url").toString();
  const body = plain.slice(7);
  if (checksum(epoch, body) !== plain.slice(0, 7)) return null;
  const position: Record<string, number[]> = {};
  if (body === "") return position;
  for (const part of body.split(";")) {
    const [, stream, textual] = PART.exec(part) ?? [];
    if (stream === undefined || textual === undefined || Object.hasOwn(position, stream)) return null;
    const offsets = textual === "" ? [] : textual.split(".").map((n) => parseInt(n, 36));
    if (offsets.length > limits.partitions_max || !offsets.every(Number.isSafeInteger)) return null;
    position[stream] = offsets;
  }
  return position;
}

const PART = /^([a-z][\w-]*):((?:[0-9a-z]+(?:\.[0-9a-z]+)*)?)$/;

// Not a secret: it tells a cursor of ours from a forged or damaged one, and one log's from another's.
const checksum = (epoch: string, body: string): string =>
  hash32(`${epoch} ${body}`).toString(36).padStart(7, "0").slice(-7);
