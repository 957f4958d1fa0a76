/** `/asyncapi.json`: the topics of the log and the live feed (AsyncAPI 3.0), made from the streams' declarations. */
import type { Stream } from "../src/core/stream.ts";
import { days } from "../src/core/time.ts";
import { DEAD_LETTERS_TOPIC } from "../src/sources/door.ts";
import { liveMessages } from "./asyncapi-live.ts";
import { letterSchema, rowJsonSchemas, type JsonSchema } from "./asyncapi-schemas.ts";
import { eventJsonSchema } from "./ingest-body.ts";
import { liveQueryJsonSchema, liveWords } from "./live-document.ts";
import { pascal } from "./schema/rows.ts";

export type AsyncApiDocument = Readonly<Record<string, unknown>>;

const ref = (path: string): { $ref: string } => ({ $ref: `#/${path}` });
const KAFKA = { bindingVersion: "0.5.0" };

export const asyncApiDocument = (streams: readonly Stream[], version: string): AsyncApiDocument => {
  const live = liveMessages(streams);
  return {
    asyncapi: "3.0.0",
    info: {
      title: "Arterial",
      version,
      description: [
        "Events of a city: the topics that any Kafka producer may write, and the live feed that any HTTP client may read.",
        "Times out are UTC with `Z`, speeds km/h, distances km, coordinates WGS 84. Lists and ranges are in `/openapi.json`.",
      ].join("\n\n"),
      license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
    },
    defaultContentType: "application/json",
    servers: {
      http: {
        host: "{host}",
        protocol: "http",
        description: "Where this document was read.",
        variables: { host: { default: "localhost:3000", description: "Host and port." } },
      },
      kafka: {
        host: "{broker}",
        protocol: "kafka",
        description:
          "The brokers of KAFKA_BROKERS. Without them the same topics are kept in PostgreSQL, and POST /api/ingest/{stream} writes them.",
        variables: { broker: { default: "localhost:9092", description: "Host and port of a broker." } },
      },
    },
    channels: {
      ...Object.fromEntries(streams.map((stream) => [stream.topic, topicChannel(stream)])),
      [DEAD_LETTERS_TOPIC]: {
        address: DEAD_LETTERS_TOPIC,
        title: "Dead letters",
        description:
          "What was refused before it came to its stream's topic, by the HTTP door or a feed. What was refused in its topic stays there.",
        servers: [ref("servers/kafka")],
        messages: { DeadLetter: ref("components/messages/DeadLetter") },
        bindings: { kafka: topicBinding(DEAD_LETTERS_TOPIC, 1, days(7)) },
      },
      live: {
        address: "/api/live",
        title: "The live feed",
        description: liveWords(streams),
        servers: [ref("servers/http")],
        messages: Object.fromEntries(
          Object.keys(live).map((name) => [name, ref(`components/messages/${name}`)]),
        ),
      },
    },
    operations: {
      ...Object.fromEntries(streams.map((stream) => [`receive${pascal(stream.name)}`, receives(stream)])),
      sendDeadLetter: {
        action: "send",
        channel: ref(`channels/${DEAD_LETTERS_TOPIC}`),
        summary: "Tells what was refused at a door",
      },
      sendLive: {
        action: "send",
        channel: ref("channels/live"),
        summary: "Tells what happens, as server-sent events",
        bindings: { http: { method: "GET", query: liveQueryJsonSchema(), bindingVersion: "0.3.0" } },
      },
    },
    components: {
      schemas: { ...rowJsonSchemas(streams), DeadLetterRecord: letterSchema },
      messages: {
        ...Object.fromEntries(streams.map((stream) => [`${pascal(stream.name)}Event`, eventMessage(stream)])),
        DeadLetter: {
          name: "DeadLetter",
          title: "A value that was refused",
          payload: ref("components/schemas/DeadLetterRecord"),
        },
        ...live,
      },
    },
  };
};

const topicBinding = (topic: string, partitions: number, retention_ms: number): object => ({
  topic,
  partitions,
  topicConfiguration: { "cleanup.policy": ["delete"], "retention.ms": retention_ms },
  ...KAFKA,
});

const topicChannel = (stream: Stream): object => ({
  address: stream.topic,
  title: stream.label,
  description: `${stream.doc} One event is one record; its key is ${stream.key}, so that events of one ${stream.key} keep their order. Identity is ${stream.key}, ${stream.event_time} and ${stream.identity} together: the first that is stored wins, the next is a duplicate.`,
  servers: [ref("servers/kafka")],
  messages: { event: ref(`components/messages/${pascal(stream.name)}Event`) },
  bindings: { kafka: topicBinding(stream.topic, stream.partitions, stream.log_retention_ms) },
});

const receives = (stream: Stream): object => ({
  action: "receive",
  channel: ref(`channels/${stream.topic}`),
  summary: `Takes ${stream.label.toLowerCase()}`,
  description:
    "A record that breaks the schema becomes a dead letter; it holds nothing up. Batches may be packed by gzip, snappy, lz4 or zstd.",
});

const text = (description: string): JsonSchema => ({ type: "string", description });

const eventMessage = (stream: Stream): object => ({
  name: `${pascal(stream.name)}Event`,
  title: stream.label,
  contentType: "application/json",
  headers: {
    type: "object",
    description: "None is wanted.",
    properties: {
      source: text("Which feed sent it; kafka without it."),
      backfill: text("1 for what is replayed: it is stored and kept live by event time, and not pushed."),
      dead_letter_id: text("Of a dead letter that is tried again: its id."),
    },
  },
  payload: eventJsonSchema(stream),
  bindings: { kafka: { key: text(stream.fields[stream.key]!.doc), ...KAFKA } },
});
