/** Messages of the live feed: each is one server-sent event, its name the event's, its payload the data. */
import { limits } from "../src/core/limits.ts";
import type { Stream } from "../src/core/stream.ts";
import { rowName, type JsonSchema } from "./asyncapi-schemas.ts";
import { pascal } from "./schema/rows.ts";

const object = (properties: Record<string, JsonSchema>, description: string): JsonSchema => ({
  type: "object",
  description,
  required: Object.keys(properties),
  properties,
});
const text = (description: string): JsonSchema => ({ type: "string", description });
const time: JsonSchema = { type: "string", format: "date-time", description: "Now, at the server." };
const ms = (minimum: number, maximum: number, description: string): JsonSchema => ({
  type: "integer",
  minimum,
  maximum,
  "x-unit": "ms",
  description: `${description} Unit: ms.`,
});

/** @returns by name in the document. */
export function liveMessages(streams: readonly Stream[]): Record<string, object> {
  const message = (name: string, title: string, payload: JsonSchema, has_id = true): object => ({
    name,
    title,
    contentType: "text/event-stream",
    ...(has_id
      ? {
          headers: object(
            { id: text("The event's id: give it back as Last-Event-ID to go on behind it.") },
            "Fields of the event beside its data.",
          ),
        }
      : {}),
    payload,
  });
  const rows = streams.map((stream): [string, object] => [
    `${pascal(stream.name)}Rows`,
    message(
      stream.name,
      stream.label,
      object(
        {
          rows: {
            type: "array",
            minItems: 1,
            items: { $ref: `#/components/schemas/${rowName(stream)}` },
          },
        },
        stream.live === null
          ? "Events, each of them: none replaces another."
          : `The newest state of each ${stream.key} that has changed.`,
      ),
    ),
  ]);
  const names: JsonSchema = { type: "string", enum: streams.map(({ name }) => name), description: "Stream." };
  return {
    Hello: message(
      "hello",
      "The beginning",
      object(
        {
          cursor: text("Where the feed begins: what an answer with this cursor lacks will come."),
          resumed: { type: "boolean", description: "Nothing was missed since Last-Event-ID." },
          tick_ms: ms(limits.tick_ms_min, limits.tick_ms_max, "A key is sent at most once in this time."),
          server_time: time,
        },
        "First of all events.",
      ),
    ),
    ...Object.fromEntries(rows),
    Gone: message(
      "gone",
      "Keys that are no longer live",
      object(
        { stream: names, keys: { type: "array", minItems: 1, items: text("The key.") } },
        "The time to live of the keys has ended.",
      ),
    ),
    Resync: message(
      "resync",
      "The client lacks something",
      object(
        {
          reason: { type: "string", enum: ["too-old", "slow"], description: "Why." },
          url: text("What to fetch, to have everything; then go on here."),
        },
        "One for each stream of the feed.",
      ),
    ),
    Heartbeat: message(
      "hb",
      "The feed is alive",
      object({ server_time: time }, `Every ${limits.heartbeat_ms / 1_000} s.`),
      false,
    ),
    Bye: message(
      "bye",
      "The server leaves",
      object({ retry_ms: ms(0, 60_000, "When to come back.") }, "Last of all events."),
    ),
  };
}
