/**
 * The one file that knows kafkajs. It gives connections to brokers (TLS, SASL), the cluster's metadata and the
 * group and admin requests; what carries records (fetch and produce) is written and read by files of ours.
 */
import { createRequire } from "node:module";
import {
  Kafka,
  logLevel,
  PartitionAssigners,
  type Admin,
  type Broker,
  type Cluster,
  type KafkaConfig,
  type LogEntry,
  type SASLOptions,
} from "kafkajs";
import { LogRefusedError, LogUnavailableError } from "../../core/errors.ts";

export interface KafkaClientOptions {
  /** "host:port" of brokers to ask first. */
  brokers: readonly string[];
  client_id: string;
  /** TLS; with `ca` (PEM) only certificates of that authority. */
  ssl?: boolean | { ca: string };
  sasl?: { mechanism: "plain" | "scram-sha-256" | "scram-sha-512"; username: string; password: string };
  /** What kafkajs has to say, as one sentence each; errors and warnings only. `usual` is trouble that passes by itself. */
  onWarning: (sentence: string, usual: boolean) => void;
}

/** How long a broker may take to answer a request before that counts as a failure. */
export const REQUEST_MS = 3_000;
/** How long a connection may take. */
const CONNECT_MS = 2_000;

/** A request of ours: kafkajs frames it, sends it, and gives the payload of the answer. */
export interface RawRequest {
  api_key: number;
  api_version: number;
  name: string;
  body: Buffer;
  /** How long the broker is asked to wait before it answers. */
  wait_ms?: number;
}

interface Protocol {
  request: {
    apiKey: number;
    apiVersion: number;
    apiName: string;
    encode: () => Promise<{ buf: Buffer; buffer: Buffer }>;
  };
  response: {
    decode: (payload: Buffer) => Promise<{ payload: Buffer }>;
    parse: (data: { payload: Buffer }) => Promise<{ payload: Buffer }>;
  };
  requestTimeout: number;
}

export interface JoinedGroup {
  generationId: number;
  leaderId: string;
  memberId: string;
  members: { memberId: string; memberMetadata: Buffer }[];
}

/** What a kafkajs broker has beside its published type. */
interface BrokerInside {
  connectionPool: { send(protocol: Protocol): Promise<{ payload: Buffer }> };
  joinGroup(request: {
    groupId: string;
    sessionTimeout: number;
    rebalanceTimeout: number;
    memberId: string;
    groupProtocols: { name: string; metadata: Buffer }[];
  }): Promise<JoinedGroup>;
  syncGroup(request: {
    groupId: string;
    generationId: number;
    memberId: string;
    groupAssignment: { memberId: string; memberAssignment: Buffer }[];
  }): Promise<{ memberAssignment: Buffer }>;
  heartbeat(request: { groupId: string; groupGenerationId: number; memberId: string }): Promise<unknown>;
  leaveGroup(request: { groupId: string; memberId: string }): Promise<unknown>;
  initProducerId(request: {
    transactionTimeout: number;
  }): Promise<{ producerId: string; producerEpoch: number }>;
}

export type KafkaBroker = Broker & BrokerInside;
/** What carries a request of ours. */
export type Carrier = Pick<BrokerInside, "connectionPool">;
export type { Admin, Cluster };

export interface KafkaClient {
  /** A cluster of its own, not yet connected. Its `fetchTopicsOffset` ends before transactions that are still open. */
  cluster(): Cluster;
  admin(): Admin;
}

export function openKafkaClient(options: KafkaClientOptions): KafkaClient {
  quietTimers();
  const config: KafkaConfig = {
    brokers: [...options.brokers],
    clientId: options.client_id,
    connectionTimeout: CONNECT_MS,
    authenticationTimeout: REQUEST_MS,
    requestTimeout: REQUEST_MS,
    // Who is away is asked again by us, who know until when.
    retry: { retries: 1, initialRetryTime: 100, maxRetryTime: 300 },
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => tell(entry, options.onWarning),
  };
  if (options.ssl !== undefined)
    config.ssl = typeof options.ssl === "boolean" ? options.ssl : { ca: [options.ssl.ca] };
  if (options.sasl !== undefined) config.sasl = saslOf(options.sasl);
  const kafka = new Kafka(config);
  return {
    cluster() {
      let made: Cluster | null = null;
      // A partition assigner is given the cluster of its consumer: the documented way to it.
      kafka.consumer({
        groupId: options.client_id,
        allowAutoTopicCreation: false,
        readUncommitted: false,
        partitionAssigners: [
          (given) => {
            made = given.cluster;
            return PartitionAssigners.roundRobin(given);
          },
        ],
      });
      if (made === null) throw new Error("kafkajs gave no cluster");
      return made;
    },
    admin: () => kafka.admin(),
  };
}

function saslOf(sasl: NonNullable<KafkaClientOptions["sasl"]>): SASLOptions {
  const { username, password } = sasl;
  if (sasl.mechanism === "plain") return { mechanism: "plain", username, password };
  if (sasl.mechanism === "scram-sha-256") return { mechanism: "scram-sha-256", username, password };
  return { mechanism: "scram-sha-512", username, password };
}

/** @throws {TypeError} if this kafkajs is another than the one that was pinned. */
export function insideOf(broker: Broker): KafkaBroker {
  if (hasInside(broker)) return broker;
  throw new TypeError("This kafkajs has other brokers than 2.2.4");
}

function hasInside(broker: Broker): broker is KafkaBroker {
  return "connectionPool" in broker && "joinGroup" in broker && "initProducerId" in broker;
}

/** Sends a request of ours; resolves to the payload of the answer. */
export async function sendRaw(broker: Carrier, raw: RawRequest): Promise<Buffer> {
  const wait_ms = raw.wait_ms ?? 0;
  const sent = broker.connectionPool.send({
    request: {
      apiKey: raw.api_key,
      apiVersion: raw.api_version,
      apiName: raw.name,
      encode: () => Promise.resolve({ buf: raw.body, buffer: raw.body }),
    },
    response: {
      decode: (bytes) => Promise.resolve({ payload: bytes }),
      parse: (data) => Promise.resolve(data),
    },
    requestTimeout: wait_ms + REQUEST_MS,
  });
  return (await answered(raw.name, sent, wait_ms)).payload;
}

/**
 * An answer, or an error in time: kafkajs forgets its own time limits once somebody has asked it to disconnect.
 *
 * @param wait_ms How long the broker may wait by design.
 */
export function answered<T>(what: string, answer: Promise<T>, wait_ms = 0): Promise<T> {
  return within(wait_ms + REQUEST_MS + CONNECT_MS, what, answer);
}

/** @throws {LogUnavailableError} when it takes longer. */
export async function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new LogUnavailableError(`Kafka did not answer within ${ms} ms: ${what}`)),
      ms,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => {});
  }
}

/** Kafka's name of the error ("UNKNOWN_MEMBER_ID"), or kafkajs' own where Kafka said nothing. */
export function errorType(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ("type" in at && typeof at.type === "string") return at.type;
  }
  return error instanceof Error ? error.name : "unknown";
}

const HOPELESS = new Set([
  "KafkaJSServerDoesNotSupportApiKey",
  "UNSUPPORTED_VERSION",
  "INVALID_SESSION_TIMEOUT",
  "INCONSISTENT_GROUP_PROTOCOL",
  "INVALID_GROUP_ID",
  "GROUP_MAX_SIZE_REACHED",
  "INVALID_TOPIC_EXCEPTION",
]);

/** In a mistake of its own kafkajs stumbles over a broker that has just gone; in one of ours nothing gets better. */
const isOurMistake = (error: Error): boolean =>
  (error.name === "TypeError" || error.name === "ReferenceError") &&
  !/[\\/]kafkajs[\\/]/.test(/^\s+at .*$/m.exec(error.stack ?? "")?.[0] ?? "");

/** A login that the broker refused. kafkajs says the same of a connection that broke in the middle of it. */
const LOGIN = new Set([
  "KafkaJSSASLAuthenticationError",
  "SASL_AUTHENTICATION_FAILED",
  "UNSUPPORTED_SASL_MECHANISM",
]);
const BROKEN = /clos(ed|ing) connection|connection closed|not connected|timed? ?out|ECONN|EPIPE|socket/i;
const CERTIFICATE = /CERT|UNABLE_TO_(GET|VERIFY)|self[- ]signed/i;

const RIGHTS = /^(TOPIC|GROUP|CLUSTER|TRANSACTIONAL_ID)_AUTHORIZATION_FAILED$/;

/** What the broker does not like of us, or we of it; null for anything else. */
export function refusalOf(error: unknown): LogRefusedError["reason"] | null {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (RIGHTS.test(errorType(at))) return "rights";
    if ((LOGIN.has(at.name) || LOGIN.has(errorType(at))) && !BROKEN.test(at.message)) return "login";
    if (at.name !== "KafkaJSConnectionError") continue;
    const code = "code" in at && typeof at.code === "string" ? at.code : "";
    if (CERTIFICATE.test(code) || CERTIFICATE.test(at.message)) return "certificate";
  }
  return null;
}

/** Whether trying again cannot help. */
export const isHopeless = (error: unknown): boolean => {
  if (error instanceof LogRefusedError || refusalOf(error) !== null) return true;
  for (let at = error; at instanceof Error; at = at.cause) {
    if (HOPELESS.has(at.name) || HOPELESS.has(errorType(at)) || isOurMistake(at)) return true;
  }
  return false;
};

/** What kafkajs logs as errors while all is well: a client that is asked to join anew, an answer that nobody waits for. */
const NOTHING = /rebalanc|re-join|Response without match|not aware of this member|member id/i;
/** A broker that is starting, a topic so new that not everybody knows of it: worth a word only when it lasts. */
const USUAL =
  /coordinator is (loading|not available)|does not host this topic|no leader for this topic|not the leader|leadership election/i;

function tell({ log, namespace }: LogEntry, onWarning: KafkaClientOptions["onWarning"]): void {
  const detail = typeof log["error"] === "string" ? log["error"] : "";
  const said = `${log.message} ${detail}`;
  if (NOTHING.test(said)) return;
  const broker = typeof log["broker"] === "string" ? ` (${log["broker"]})` : "";
  onWarning(
    `Kafka ${namespace}: ${log.message}${detail === "" ? "" : `: ${detail}`}${broker}`,
    USUAL.test(said),
  );
}

/**
 * kafkajs sets a timer of a negative time after every answer, even when nothing waits, and the runtime warns of
 * it. Where nothing waits there is nothing to look after.
 */
function quietTimers(): void {
  const queue: unknown = createRequire(import.meta.url)("kafkajs/src/network/requestQueue");
  if (quieted || typeof queue !== "function") return;
  quieted = true;
  const prototype: unknown = queue.prototype;
  if (!isQueue(prototype)) throw new TypeError("This kafkajs has other request queues than 2.2.4");
  const { [SCHEDULE]: schedule } = prototype;
  prototype[SCHEDULE] = function () {
    if (this.pending.length > 0) schedule.call(this);
  };
}

let quieted = false;
const SCHEDULE = "scheduleCheckPendingRequests";

interface Queue {
  pending: readonly unknown[];
  [SCHEDULE]: (this: Queue) => void;
}

const isQueue = (prototype: unknown): prototype is Queue =>
  typeof prototype === "object" && prototype !== null && SCHEDULE in prototype;
