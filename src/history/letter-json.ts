/** Dead letters as the JSON parameter that the server decodes. */
import type { DeadLetter } from "../core/event.ts";
import { uuid5 } from "../core/identity.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const asUuid = (text: string | null): string | null =>
  text !== null && UUID.test(text) ? text.toLowerCase() : null;

/** A letter's id comes from its place and content, so that the same record refused twice is one letter. */
export const letterId = (stream: string, letter: DeadLetter): string =>
  uuid5(JSON.stringify([stream, letter.topic, letter.partition, letter.offset, letter.payload_sha256]));

/** Shown values come from strangers' bytes: what PostgreSQL cannot hold in a text must not stop the batch. */
export const storable = (text: string): string => text.toWellFormed().replaceAll("\0", "\uFFFD");

export const lettersJson = (letters: readonly (DeadLetter & { stream: string })[]): string =>
  JSON.stringify(
    letters.map((letter) => ({
      partition: letter.partition,
      offset: letter.offset,
      stream: storable(letter.stream),
      topic: storable(letter.topic),
      source: storable(letter.source),
      received_at: new Date(letter.received_at_ms).toISOString(),
      reason: letter.reason,
      pointer: storable(letter.pointer),
      value: storable(letter.value),
      rule: storable(letter.rule),
      payload: letter.payload === null ? null : Buffer.from(letter.payload).toString("base64"),
      payload_bytes: letter.payload_bytes,
      payload_sha256: letter.payload_sha256,
      new_id: letterId(letter.stream, letter),
      again_id: asUuid(letter.dead_letter_id),
    })),
  );
