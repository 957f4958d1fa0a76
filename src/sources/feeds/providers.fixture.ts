/**
 * A server that speaks like the upstreams of our feeds: their paths, queries, keys, and errors in their own shapes. What
 * it answers is made after their documentation, or recorded where a test hands that in.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { fixture } from "./feed-bed.fixture.ts";

export const KEYS = {
  here: "here-key-7d1",
  tomtom: "tomtom-key-8e2",
  aqicn: "aqicn-token-9f3",
  gtfs: "agency-key-0a4",
};

type Answer = { status?: number; type?: string; body: string | Uint8Array; headers?: Record<string, string> };
type Responder = (query: URLSearchParams, request: IncomingMessage, path: string) => Answer;

const JSON_TYPE = "application/json;charset=utf-8";
const json = (value: unknown, status = 200): Answer => ({
  status,
  type: JSON_TYPE,
  body: JSON.stringify(value),
});

/** Latitude and longitude of `point=` and `geo:`. */
const pair = (text: string, by: string): readonly [number, number] => {
  const [lat, lng] = text.split(by).map(Number);
  return [lat!, lng!];
};

const here: Responder = (query) => {
  if (query.get("apiKey") !== KEYS.here)
    return json({ error: "Unauthorized", error_description: "apiKey invalid. apiKey not found." }, 401);
  const [west, south, east, north] = (query.get("in") ?? "").replace("bbox:", "").split(",").map(Number);
  if (!(east! - west! <= 1 && north! - south! <= 1 && query.get("locationReferencing") === "shape"))
    return json({ title: "Malformed request", status: 400, code: "E608001", cause: "in" }, 400);
  return { body: fixture("here-flow") };
};

const tomtom: Responder = (query) => {
  if (query.get("key") !== KEYS.tomtom)
    return { status: 403, type: "text/html", body: "<h1>Developer Inactive</h1>" };
  const wrong = (message: string): Answer =>
    json({ error: message, httpStatusCode: 400, detailedError: { code: "INVALID_REQUEST", message } }, 400);
  if (query.get("unit") !== "KMPH") return wrong("Invalid unit parameter");
  const [lat, lng] = pair(query.get("point") ?? "", ",");
  if (!(Math.abs(lat) <= 90 && Math.abs(lng) <= 180)) return wrong("Invalid point parameter");
  if (lat > 60) return wrong("Point too far from nearest existing segment.");
  return { body: fixture("tomtom-flow") };
};

const aqicn: Responder = (query, _, path) => {
  if (query.get("token") !== KEYS.aqicn) return json({ status: "error", data: "Invalid key" });
  const [lat] = pair(path.slice("/feed/geo:".length, -1), ";");
  if (!(Math.abs(lat) <= 90)) return json({ status: "error", data: "Unknown station" });
  // A moment of their own in each answer: never the same bytes twice.
  synced++;
  const body = JSON.parse(fixture("aqicn-geo").toString()) as { data: object };
  return json({ ...body, data: { ...body.data, debug: { sync: `sync ${synced}` } } });
};
let synced = 0;

const openMeteo =
  (name: string): Responder =>
  (query) => {
    const places = (query.get("latitude") ?? "").split(",");
    const wanted = (query.get("current") ?? "").split(",");
    if (query.get("timeformat") !== "unixtime")
      return json({ error: true, reason: "Invalid timeformat" }, 400);
    const known = JSON.parse(fixture(name).toString()) as Place | Place[];
    const list = (Array.isArray(known) ? known : [known]).slice(0, places.length);
    const unknown = wanted.find((variable) => !(variable in list[0]!.current));
    if (unknown !== undefined)
      return json(
        { error: true, reason: `Cannot initialize variable from invalid String value ${unknown}` },
        400,
      );
    return json(places.length === 1 ? list[0] : list);
  };
interface Place {
  current: Record<string, number>;
}

/** An agency's file, with its key in a header and an ETag. */
const agency =
  (feed: Uint8Array, type = "application/x-protobuf"): Responder =>
  (_, { headers }) => {
    if (headers["x-api-key"] !== KEYS.gtfs) return { status: 403, type: "text/plain", body: "Forbidden" };
    const etag = `"${Bun.hash(feed)}"`;
    if (headers["if-none-match"] === etag) return { status: 304, body: "", headers: { etag } };
    return { type, body: feed, headers: { etag } };
  };

export interface Providers {
  url: string;
  /** Paths with their queries, in order. */
  asked: string[];
  /** Instead of what an upstream says by itself, by the begin of the path: an outage, a recording. */
  say: (path: string, responder: Responder) => void;
  /** By themselves again. */
  reset: () => void;
  agency: typeof agency;
  json: typeof json;
  close: () => Promise<void>;
}

const SERVED: readonly (readonly [path: string, responder: Responder])[] = [
  ["/flow", here],
  ["/traffic/services/4/flowSegmentData/absolute/12/json", tomtom],
  ["/feed/geo:", aqicn],
  ["/v1/forecast", openMeteo("open-meteo-weather")],
  ["/v1/air-quality", openMeteo("open-meteo-air")],
];

export async function openProviders(): Promise<Providers> {
  const asked: string[] = [];
  const said = new Map<string, Responder>();
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://here");
    const path = decodeURIComponent(pathname);
    asked.push(decodeURIComponent(request.url ?? ""));
    const [, responder] = [...said, ...SERVED].find(([begin]) => path.startsWith(begin)) ?? [];
    const answer = responder?.(searchParams, request, path) ?? json({ error: "Not Found" }, 404);
    response.writeHead(answer.status ?? 200, { "content-type": answer.type ?? JSON_TYPE, ...answer.headers });
    response.end(answer.body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    say: (path, responder) => void said.set(path, responder),
    reset() {
      said.clear();
      asked.length = 0;
    },
    agency,
    json,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
