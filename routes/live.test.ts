import { afterEach, describe, expect, test } from "bun:test";
import { Hono } from "hono";
import { ProblemError, type FaultAt } from "../src/core/errors.ts";
import { systemClock } from "../src/core/time.ts";
import { createHub, type Hub, type HubOptions } from "../src/push/hub.ts";
import { event, parseEvents, spots, type Told } from "../src/push/testing.ts";
import { traffic } from "../src/streams/traffic.ts";
import { liveRoutes, type LiveDeps } from "./live.ts";
import { problemOf, problemResponse } from "./problem.ts";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

interface Served {
  hub: Hub;
  url: string;
  port: number;
}

function serve(options: Partial<HubOptions> = {}, deps: Partial<LiveDeps> = {}): Served {
  const streams = [spots, traffic];
  const hub = createHub({ streams, clock: systemClock, epoch: "e", ...options });
  const app = new Hono().route("/", liveRoutes({ hub, streams, pages: ["map"], ...deps }));
  // As the app's own middleware does: it touches the headers of every answer.
  app.use(async (c, next) => {
    await next();
    c.res.headers.set("x-frame-options", "DENY");
  });
  app.onError((error, c) => problemResponse(c, problemOf(error)));
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 10,
    fetch: (request, self) => app.fetch(request, self),
  });
  open.push({ close: () => server.stop(true) }, hub);
  return { hub, url: server.url.origin, port: server.port! };
}

/** Reads events of a response as they come. */
class Reader {
  readonly told: Told[] = [];
  ended = false;
  readonly #abort = new AbortController();
  headers = new Headers();

  static async open(url: string, headers: Record<string, string> = {}): Promise<Reader> {
    const reader = new Reader();
    const response = await fetch(url, { headers, signal: reader.#abort.signal });
    expect(response.status).toBe(200);
    reader.headers = response.headers;
    void reader
      .#read(response.body!)
      .catch(() => {})
      .finally(() => (reader.ended = true));
    open.push({ close: () => reader.leave() });
    await until(() => reader.told.length > 0);
    return reader;
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let text = "";
    for await (const chunk of body) {
      text += decoder.decode(chunk, { stream: true });
      const end = text.lastIndexOf("\n\n") + 2;
      if (end === 1) continue;
      this.told.push(...parseEvents(text.slice(0, end)));
      text = text.slice(end);
    }
  }

  names(): (string | null)[] {
    return this.told.map((t) => t.event);
  }

  leave(): void {
    this.#abort.abort();
  }
}

async function until(what: () => boolean, ms_max = 5_000): Promise<void> {
  const deadline = performance.now() + ms_max;
  while (!what()) {
    if (performance.now() > deadline) throw new Error(`Not reached in ${ms_max} ms: ${what.toString()}`);
    await Bun.sleep(2);
  }
}

/** Asks for the stream on a bare socket; reads only when told to. */
async function stuck(port: number): Promise<{ read(): void; bytes: () => number; closed: () => boolean }> {
  let closed = false;
  let bytes = 0;
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      open(s) {
        s.write("GET /api/live?topics=spots HTTP/1.1\r\nHost: x\r\n\r\n");
        s.pause();
      },
      data: (_s, data) => void (bytes += data.length),
      close: () => void (closed = true),
      error: () => {},
    },
  });
  open.push({ close: () => socket.terminate() });
  return { read: () => socket.resume(), bytes: () => bytes, closed: () => closed };
}

let offset = 0;
const put = (hub: Hub, key: string, v: number, time = Date.now()): void => {
  const one = event(key, v, { offset, event_time_ms: time });
  hub.publish(spots, [one], 0, ++offset);
};

describe("GET /api/live", () => {
  test("is an event stream that no proxy holds back: hello, rows, the end of the client", async () => {
    const { hub, url } = serve();
    const reader = await Reader.open(`${url}/api/live?topics=spots`);
    expect(reader.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(reader.headers.get("cache-control")).toBe("no-cache, no-transform");
    expect(reader.headers.get("x-accel-buffering")).toBe("no");
    put(hub, "a", 1);
    await until(() => reader.told.length === 2);
    expect(reader.names()).toEqual(["hello", "spots"]);
    expect(JSON.parse(reader.told[1]!.data)).toMatchObject({ rows: [{ spot: "a", v: 1, stale: false }] });
    reader.leave();
    await until(() => hub.stats().clients === 0);
  });

  test("resumes by header, or by query for those that cannot set one", async () => {
    const { hub, url } = serve();
    const first = await Reader.open(`${url}/api/live?topics=spots`);
    const id = first.told[0]!.id!;
    put(hub, "a", 1);
    put(hub, "a", 2, Date.now() + 1);
    const byHeader = await Reader.open(`${url}/api/live?topics=spots`, { "last-event-id": id });
    const byQuery = await Reader.open(`${url}/api/live?topics=spots&last_event_id=${id}`);
    for (const back of [byHeader, byQuery]) {
      await until(() => back.told.length === 2);
      expect(JSON.parse(back.told[0]!.data)).toMatchObject({ resumed: true });
      expect((JSON.parse(back.told[1]!.data) as { rows: { v: number }[] }).rows.map((r) => r.v)).toEqual([2]);
    }
  });

  test("sends heartbeats, which keep it open past the server's own idle timeout", async () => {
    const { url } = serve({ bounds: { heartbeat_ms: 20 } });
    const reader = await Reader.open(`${url}/api/live`);
    await until(() => reader.told.length >= 4);
    expect(reader.names().slice(1, 4)).toEqual(["hb", "hb", "hb"]);
    expect(reader.told[1]!.id).toBeNull();
  });

  test("says bye and ends when the server leaves", async () => {
    const { hub, url } = serve();
    const readers = await Promise.all([1, 2, 3].map(() => Reader.open(`${url}/api/live`)));
    await hub.close();
    await until(() => readers.every((r) => r.ended));
    for (const reader of readers) {
      expect(reader.names()).toEqual(["hello", "bye"]);
      const { retry_ms } = JSON.parse(reader.told[1]!.data) as { retry_ms: number };
      expect(retry_ms).toBeWithin(1_000, 6_000);
    }
  });

  test("to HEAD answers headers and takes no place", async () => {
    const { hub, url } = serve({}, { addressOf: () => "192.0.2.1", clients_per_address_max: 1 });
    for (let i = 0; i < 3; i++) expect((await fetch(`${url}/api/live`, { method: "HEAD" })).status).toBe(200);
    expect(hub.stats().clients).toBe(0);
  });

  const forged = Buffer.from("0000000traffic:zz").toString("base64url");
  test.each([
    ["topics=nothing", "topics", "must name a topic of spots, traffic"],
    ["topics=", "topics", "without empty items"],
    ["topics=spots&topics=traffic", "topics", "must be given once"],
    ["bbox=10,0,5,1", "bbox", "west must not be greater than east"],
    ["bbox=0,9,1,1", "bbox", "south must not be greater than north"],
    ["bbox=a,b,c,d", "bbox", "four numbers"],
    ["tick_ms=49", "tick_ms", "50 to 5000"],
    ["tick_ms=5001", "tick_ms", "50 to 5000"],
    ["tick_ms=fast", "tick_ms", "50 to 5000"],
    ["keys=traffic", "keys", "stream:key"],
    ["keys=weather:1", "keys", "must name a topic"],
    ["keys=traffic:1&topics=spots", "keys", "must name a topic of spots"],
    ["keys=spots:%00", "keys", "control characters"],
    ["roads=1&topics=spots", "roads", "road_id"],
    [`roads=${Array.from({ length: 501 }, (_, i) => i).join()}`, "roads", "more than 500"],
    [`roads=1&keys=${Array.from({ length: 500 }, (_, i) => `traffic:${i}`).join()}`, "keys", "more than 500"],
    [`last_event_id=${forged}`, "last_event_id", "id of an event"],
    ["last_event_id=-1", "last_event_id", "id of an event"],
    ["last_event_id=x'%20or%201=1", "last_event_id", "id of an event"],
    ["tick=1000", "tick", "no parameter here"],
  ])("refuses %.40s", async (query, parameter, words) => {
    const { hub, url } = serve();
    const response = await fetch(`${url}/api/live?${query}`);
    const problem = (await response.json()) as { status: number; errors: FaultAt[] };
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect([response.status, problem.status]).toEqual([400, 400]);
    expect(problem.errors[0]!.parameter).toBe(parameter);
    expect(problem.errors[0]!.rule).toContain(words);
    expect(hub.stats()).toMatchObject({ clients: 0, channels: 0 });
  });

  test("refuses a forged Last-Event-ID of the header, of any length", async () => {
    const { url } = serve();
    for (const id of ["e7f3-10452", "-5", "'; drop table", "A".repeat(10_000)]) {
      const response = await fetch(`${url}/api/live`, { headers: { "last-event-id": id } });
      expect(response.status).toBe(400);
      expect(((await response.json()) as { errors: FaultAt[] }).errors[0]!.parameter).toBe("Last-Event-ID");
    }
  });

  test("takes 500 keys, all topics by default, and the topics of the keys where keys are named", async () => {
    const { hub, url } = serve();
    await Reader.open(`${url}/api/live?keys=${Array.from({ length: 500 }, (_, i) => `spots:${i}`).join()}`);
    const all = await Reader.open(`${url}/api/live?tick_ms=5000`);
    const road = await Reader.open(`${url}/api/live?roads=1,2`);
    const named = (reader: Reader): string[] => Object.keys(hub.parse(reader.told[0]!.id!)!);
    expect([named(all), named(road)]).toEqual([["spots", "traffic"], ["traffic"]]);
  });

  test("counts streams by address, and gives the place back", async () => {
    const { hub, url } = serve({}, { addressOf: () => "192.0.2.1", clients_per_address_max: 2 });
    const [first] = [await Reader.open(`${url}/api/live`), await Reader.open(`${url}/api/live`)];
    const refused = await fetch(`${url}/api/live`);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "5"]);
    first.leave();
    await until(() => hub.stats().clients === 1);
    expect((await Reader.open(`${url}/api/live`)).names()).toEqual(["hello"]);
  });

  test("from this machine itself is not counted", async () => {
    const { url } = serve({}, { clients_per_address_max: 1 });
    await Reader.open(`${url}/api/live`);
    await Reader.open(`${url}/api/live`);
  });

  test("waits for the hub to have read the log", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { url } = serve({}, { ready: promise });
    const coming = Reader.open(`${url}/api/live`);
    expect(await Promise.race([coming, Bun.sleep(50).then(() => "waits")])).toBe("waits");
    resolve();
    expect((await coming).names()).toEqual(["hello"]);
  });
});

describe("GET /live", () => {
  test("is the same feed with the notes of a page; without topics, the notes alone", async () => {
    const { hub, url } = serve();
    hub.note("map", "<p>as it is</p>");
    const page = await Reader.open(`${url}/live?page=map&tick_ms=1000`);
    const both = await Reader.open(`${url}/live?page=map&topics=spots`);
    put(hub, "a", 1);
    hub.note("map", "<p>as it became</p>");
    await until(() => page.told.length === 3 && both.told.length === 4);
    expect(page.told.map((t) => t.event ?? t.data)).toEqual([
      "hello",
      "<p>as it is</p>",
      "<p>as it became</p>",
    ]);
    expect(both.names()).toEqual(["hello", null, "spots", null]);
    const refused = await fetch(`${url}/live?page=nothing`);
    expect(refused.status).toBe(400);
    expect((await fetch(`${url}/live`)).status).toBe(400);
  });

  test("comes back with the id that the page was rendered with", async () => {
    const { hub, url } = serve();
    put(hub, "a", 1);
    const { id } = (await Reader.open(`${url}/api/live`)).told[0]!;
    const page = await Reader.open(`${url}/live?page=map`, { "last-event-id": id! });
    expect(JSON.parse(page.told[0]!.data)).toMatchObject({ resumed: true, cursor: id });
  });
});

describe("a reader that does not read", () => {
  const wide = "x".repeat(100_000);
  const present: NonNullable<HubOptions["present"]> = (_stream, e) => ({
    spot: e.key,
    v: e.row["v"] ?? null,
    wide,
  });

  test("is skipped, resynced, and goes on; the others see everything", async () => {
    const { hub, url, port } = serve({ present, bounds: { frames_max: 16 } });
    const slow = await stuck(port);
    const quick = await Reader.open(`${url}/api/live?topics=spots`);
    await until(() => hub.stats().clients === 2);
    let v = 0;
    await until(() => {
      put(hub, "a", ++v, Date.now() + v);
      return hub.stats().blocked === 1 && hub.stats().writes > 0;
    }, 20_000);
    const writes = hub.stats().writes;
    for (let i = 0; i < 40; i++) {
      put(hub, "a", ++v, Date.now() + v);
      await Bun.sleep(51);
    }
    expect(hub.stats().writes - writes).toBeWithin(35, 46);
    slow.read();
    await until(() => hub.stats().resync_slow === 1);
    expect(hub.stats()).toMatchObject({ blocked: 0, closed_slow: 0, clients: 2 });
    const last = JSON.stringify({ v });
    await until(() => quick.told.some((t) => t.data.includes(last.slice(1, -1))));
    expect(quick.names()).not.toContain("resync");
  }, 30_000);

  test("for too long is closed, and memory stays level", async () => {
    const { hub, port } = serve({ present, bounds: { blocked_ms_max: 1_500 } });
    const slow = await Promise.all(Array.from({ length: 20 }, () => stuck(port)));
    await until(() => hub.stats().clients === 20);
    let v = 0;
    await until(() => {
      put(hub, "a", ++v, Date.now() + v);
      return hub.stats().blocked === 20;
    }, 20_000);
    const before = process.memoryUsage().rss;
    const sent = v;
    await until(() => {
      put(hub, "a", ++v, Date.now() + v);
      return hub.stats().closed_slow === 20;
    }, 20_000);
    expect(v - sent).toBeGreaterThan(50);
    // Twenty queues of these would be over 100 MB.
    expect(process.memoryUsage().rss - before).toBeLessThan(50e6);
    expect(hub.stats()).toMatchObject({ clients: 0, blocked: 0 });
    for (const one of slow) one.read();
    await until(() => slow.every((one) => one.closed()), 10_000);
  }, 60_000);
});

test("a full hub is a 503 with Retry-After", async () => {
  const { hub, url } = serve({ bounds: { clients_max: 0 } });
  expect(() => hub.checkRoom()).toThrow(ProblemError);
  const response = await fetch(`${url}/api/live`);
  expect([response.status, response.headers.get("retry-after")]).toEqual([503, "5"]);
});
