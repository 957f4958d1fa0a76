/** An upstream that misbehaves as it is told, over real HTTP; and a feed that asks it. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import type { FeedRecord } from "../../core/feed-status.ts";
import { traffic } from "../../streams/traffic.ts";
import { CollectingLog } from "../collecting-log.ts";
import { DEAD_LETTERS_TOPIC } from "../door.ts";
import { createDoor } from "../gather-door.ts";
import { town } from "./feed-bed.fixture.ts";
import { defineFeed, type Feed, type FeedDeclaration } from "./feed.ts";
import type { KeptMeasure } from "./hold.ts";
import { Poller, type PollerOptions } from "./poller.ts";
import { feedSettings } from "./settings.ts";

export type Answering = (request: IncomingMessage, response: ServerResponse) => void;

export interface Upstream {
  url: string;
  /** What was asked, in order: path and headers. */
  asked: { path: string; headers: IncomingMessage["headers"] }[];
  /** The next answers, one per call; the last one goes on. */
  answer: (...next: Answering[]) => void;
  close: () => Promise<void>;
}

export async function openUpstream(): Promise<Upstream> {
  let next: Answering[] = [];
  const asked: Upstream["asked"] = [];
  const server = createServer((request, response) => {
    asked.push({ path: request.url ?? "", headers: request.headers });
    const answering = next.length > 1 ? next.shift()! : next[0]!;
    answering(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    answer: (...answers) => void (next = answers),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

export const json =
  (value: unknown, headers: Record<string, string> = {}, status = 200): Answering =>
  (_, response) => {
    response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers });
    response.end(typeof value === "string" ? value : JSON.stringify(value));
  };

export const raw =
  (body: Uint8Array, headers: Record<string, string>): Answering =>
  (_, response) => {
    response.writeHead(200, { "content-type": "application/json", ...headers });
    response.end(body);
  };

/** The first bytes of what is promised, then the connection is cut. */
export const half =
  (text: string): Answering =>
  (_, response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": String(text.length) });
    response.write(text.slice(0, text.length / 2), () => setTimeout(() => response.destroy(), 5));
  };

/** Answers nothing, ever. */
export const silent: Answering = () => {};

export interface Reading {
  road: string;
  speed: number;
  at?: string | undefined;
}

export const KEY = "s3cret-key-of-sonar";
export const START = Date.UTC(2026, 10, 21, 10, 20);

/** Speeds by road, from one address. */
export const sonar = (url: string, change: Partial<FeedDeclaration<Reading[]>> = {}): Feed =>
  defineFeed<Reading[]>({
    name: "sonar",
    label: "Sonar",
    doc: "A feed for tests.",
    attribution: ["Sonar Inc."],
    variables: {
      SONAR_URL: { kind: "url", required: true, default: url, doc: "where it is" },
      SONAR_KEY: { kind: "secret", required: true, doc: "its key" },
    },
    every_ms: null,
    calls_per_day_max: null,
    streams: [traffic],
    requests: ({ settings }) => [
      { id: "all", url: `${settings.text("SONAR_URL")}/all`, query: { key: settings.secret("SONAR_KEY")! } },
    ],
    accepts: ["application/json"],
    decode: "json",
    schema: z.array(z.object({ road: z.string(), speed: z.number(), at: z.string().optional() })),
    events: (readings) => [
      {
        stream: traffic,
        values: readings.map(({ road, speed, at }) => ({
          road_id: road,
          current_speed: speed,
          timestamp: at,
        })),
      },
    ],
    measures: [{ stream: traffic, field: "current_speed" }],
    ...change,
  });

export interface Bed {
  poller: Poller;
  log: CollectingLog;
  /** Wall clock of the poller; a pause moves it. */
  time: { now_ms: number };
  warnings: string[];
  pauses: number[];
  /** When an operator said that it is right. */
  believed_ms: number | null;
  noted: { record: FeedRecord; measures: readonly KeptMeasure[] } | null;
  events: () => Record<string, unknown>[];
  letters: () => Record<string, unknown>[];
  poll: () => Promise<Readonly<FeedRecord>>;
}

/** A poller whose pauses take no time. */
export function bed(feed: Feed, options: Partial<PollerOptions> = {}): Bed {
  const log = new CollectingLog();
  const time = { now_ms: START };
  const clock = { now: () => Math.floor(time.now_ms), monotonic: () => time.now_ms };
  const warnings: string[] = [];
  const pauses: number[] = [];
  const made: Bed = {
    log,
    time,
    warnings,
    pauses,
    noted: null,
    believed_ms: null,
    events: () => log.values(traffic.topic),
    letters: () => log.values(DEAD_LETTERS_TOPIC),
    async poll() {
      await made.poller.poll(new AbortController().signal);
      await made.poller.note();
      return made.poller.record;
    },
    poller: new Poller({
      feed,
      settings: options.settings ?? feedSettings(feed, { SONAR_KEY: KEY }),
      city: town,
      door: createDoor({ log, city: town, clock }),
      clock,
      notes: {
        read: async () => made.noted,
        believed: async () => made.believed_ms,
        write: async (record, measures) => void (made.noted = structuredClone({ record, measures })),
      },
      onWarning: (message) => warnings.push(message),
      random: () => 0.5,
      pause: async (ms) => {
        pauses.push(ms);
        time.now_ms += ms;
        await new Promise((go) => setImmediate(go));
      },
      deadline_ms: 2_000,
      ...options,
    }),
  };
  return made;
}
