/** Events on the wire, and the frame of a channel: what changed between two places of the ring, as bytes. */
import type { KeyState } from "./state.ts";

/** How events are written for a transport. The hub knows no other thing about it. */
export interface Wire {
  readonly name: string;
  /** @param id The cursor; null where the event has none. */
  event(name: string, id: string | null, data: string, retry_ms?: number): string;
  /** HTML for the page, unnamed; null on a wire that carries no notes. */
  note(html: string): string | null;
}

/** Server-sent events. LF only: a CRLF split over two chunks makes an empty event in some readers. */
export const sse: Wire = {
  name: "sse",
  event(name, id, data, retry_ms) {
    // A block with `retry:` alone is ignored by htmx, so it rides on an event.
    const retry = retry_ms === undefined ? "" : `retry: ${retry_ms}\n`;
    return `event: ${name}\n${id === null ? "" : `id: ${id}\n`}${retry}data: ${data}\n\n`;
  },
  note: (html) =>
    `${html
      .split(/\r\n|\r|\n/)
      .map((line) => `data: ${line}\n`)
      .join("")}\n`,
};

const encoder = new TextEncoder();
export const bytesOf = (text: string): Uint8Array => encoder.encode(text);

/**
 * The events for these states: per stream one with its rows and one with its keys that are gone.
 *
 * @param before Cursor of a client that has none of them yet. Only the last event carries `after`: a connection cut
 *   between two events must not resume behind the second.
 * @returns null when there is nothing to tell.
 */
export function frame(
  wire: Wire,
  states: readonly KeyState[],
  row: (state: KeyState) => string,
  before: string,
  after: string,
): Uint8Array | null {
  if (states.length === 0) return null;
  const rows = new Map<string, string[]>();
  const gone = new Map<string, string[]>();
  for (const state of states) {
    const lists = state.gone ? gone : rows;
    const list = lists.get(state.stream.name);
    const item = state.gone ? state.key : row(state);
    if (list === undefined) lists.set(state.stream.name, [item]);
    else list.push(item);
  }
  let left = rows.size + gone.size;
  let text = "";
  const add = (name: string, data: string): void => {
    text += wire.event(name, --left === 0 ? after : before, data);
  };
  for (const [stream, list] of rows) add(stream, `{"rows":[${list.join(",")}]}`);
  for (const [stream, keys] of gone) add("gone", JSON.stringify({ stream, keys }));
  return bytesOf(text);
}
