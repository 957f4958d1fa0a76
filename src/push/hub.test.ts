import { afterEach, describe, expect, test } from "bun:test";
import { ProblemError } from "../core/errors.ts";
import type { Bbox } from "../core/geo.ts";
import { answerRow } from "../core/json.ts";
import type { Stream } from "../core/stream.ts";
import { createHub, type Filter, type Hub, type HubOptions } from "./hub.ts";
import { alarms, event, HandClock, spots, START_MS, TestSink } from "./testing.ts";

let clock: HandClock;
let hub: Hub;
let offsets: Map<string, number>;

function open(options: Partial<HubOptions> = {}): Hub {
  clock = new HandClock();
  offsets = new Map();
  hub = createHub({
    streams: [spots, alarms],
    clock,
    epoch: "e1",
    schedule: clock.schedule,
    random: () => 0.5,
    ...options,
  });
  return hub;
}
afterEach(() => hub.close());

const whole = (...streams: Stream[]): Filter => ({ streams, bbox: null, keys: new Map() });
const only = (...keys: string[]): Filter => ({
  streams: [spots],
  bbox: null,
  keys: new Map([["spots", new Set(keys)]]),
});
const inBox = (bbox: Bbox): Filter => ({ streams: [spots], bbox, keys: new Map() });

function join(filter: Filter = whole(spots), tick_ms = 50, resume?: string): TestSink & { leave(): void } {
  const sink = new TestSink();
  const at = resume === undefined ? null : hub.parse(resume);
  const subscription = hub.subscribe({ filter, tick_ms, resume: at }, sink);
  return Object.assign(sink, { leave: () => subscription.close() });
}

const page = (group: string): TestSink => {
  const sink = new TestSink();
  hub.subscribe({ filter: whole(), tick_ms: 1_000, notes: group }, sink);
  return sink;
};

/** Appends to a partition and publishes it: `put("a", 1)`. */
function put(
  key: string,
  v: number,
  at: { partition?: number; backfill?: boolean; time?: number; stream?: Stream } = {},
): void {
  const { partition = 0, stream = spots } = at;
  const id = `${stream.name} ${partition}`;
  const offset = offsets.get(id) ?? 0;
  offsets.set(id, offset + 1);
  const made = event(key, v, {
    partition,
    offset,
    backfill: at.backfill ?? false,
    event_time_ms: START_MS + (at.time ?? v),
  });
  hub.publish(stream, [made], partition, offset + 1);
}

describe("hello", () => {
  test("is first, with cursor, tick, time and a jittered retry, and no row before it", () => {
    open();
    put("a", 1);
    const client = join(whole(spots), 200);
    expect(client.told).toHaveLength(1);
    const hello = client.told[0]!;
    expect(hello.event).toBe("hello");
    expect(hello.retry).toBe(5_000);
    const data = JSON.parse(hello.data) as Record<string, unknown>;
    expect(data).toEqual({
      cursor: hello.id,
      resumed: false,
      tick_ms: 200,
      server_time: "2026-11-21T10:00:00Z",
    });
    expect(hub.parse(hello.id!)).toEqual({ spots: [1, 0] });
  });
});

describe("rows", () => {
  test("have the fields of REST, and the cursor after them", () => {
    open();
    const client = join();
    put("a", 7);
    const [told] = client.named("spots");
    expect(JSON.parse(told!.data)).toEqual({
      rows: [{ ...answerRow(spots, event("a", 7)), as_of: "2026-11-21T10:00:00.007Z", stale: false }],
    });
    expect(hub.parse(told!.id!)).toEqual({ spots: [1, 0] });
  });

  test("go at once when the last frame is older than the tick, else on the tick, the newest of each key once", () => {
    open();
    const client = join(whole(spots), 100);
    put("a", 1);
    expect(client.rows).toEqual(["a=1"]);
    clock.pass(40);
    put("a", 2);
    put("b", 3);
    put("a", 4);
    clock.pass(55);
    expect(client.rows).toEqual(["a=1"]);
    clock.pass(10);
    expect(client.rows.slice(1).sort()).toEqual(["a=4", "b=3"]);
    expect(client.named("spots")).toHaveLength(2);
    clock.pass(1_000);
    put("a", 5);
    expect(client.rows.at(-1)).toBe("a=5");
  });

  test("are conflated by each channel's own tick", () => {
    open();
    const [fast, slow] = [join(whole(spots), 50), join(whole(spots), 5_000)];
    for (let v = 1; v <= 100; v++) {
      put("a", v);
      clock.pass(50);
    }
    expect(fast.rows).toHaveLength(100);
    expect(slow.rows).toEqual(["a=1", "a=100"]);
  });

  test("are never older than what was sent for the key", () => {
    open();
    const client = join();
    put("a", 5);
    clock.pass(100);
    put("a", 3);
    put("a", 5, { time: 5 });
    clock.pass(100);
    // Equal times: the later place in the log wins, as in the live view.
    expect(client.rows).toEqual(["a=5", "a=5"]);
  });

  test("of a backfill move the position and are not pushed; records delivered twice are pushed once", () => {
    open();
    const client = join();
    put("a", 1, { backfill: true });
    put("b", 2, { backfill: true });
    clock.pass(100);
    hub.publish(spots, [event("a", 1, { offset: 0 })], 0, 1);
    clock.pass(100);
    expect(client.rows).toEqual([]);
    put("b", 3);
    expect(client.rows).toEqual(["b=3"]);
    expect(hub.parse(client.lastId)).toEqual({ spots: [3, 0] });
  });

  test("past their TTL are not shown as now", () => {
    open();
    const client = join();
    put("a", 1, { time: -600_000 });
    expect(client.rows).toEqual([]);
  });

  test("of a stream without a live view are events: none replaces another", () => {
    open();
    const client = join(whole(alarms), 1_000);
    for (let v = 1; v <= 5; v++) put("a", v, { stream: alarms });
    clock.pass(1_000);
    expect(client.rows).toEqual(["a=1", "a=2", "a=3", "a=4", "a=5"]);
  });

  test("are encoded once, however many clients and channels", () => {
    let made = 0;
    open({ present: (stream, e) => (made++, answerRow(stream, e)) });
    const clients = [join(), join(), join(only("a")), join(whole(spots), 1_000)];
    put("a", 1);
    expect(clients.map((c) => c.rows)).toEqual([["a=1"], ["a=1"], ["a=1"], ["a=1"]]);
    expect(made).toBe(1);
    expect(hub.stats().channels).toBe(3);
  });
});

describe("filters", () => {
  const places: Record<string, Bbox> = { a: [0, 0, 1, 1], b: [5, 5, 6, 6] };

  test("by key, stream and box let through what they say", () => {
    open({ placeOf: (_stream, key) => places[key] ?? null });
    const clients = {
      all: join(whole(spots, alarms)),
      keys: join(only("b", "z")),
      box: join(inBox([0.5, 0.5, 2, 2])),
      both: join({ ...inBox([0.5, 0.5, 2, 2]), keys: new Map([["spots", new Set(["b"])]]) }),
      alarms: join(whole(alarms)),
      mixed: join({ streams: [spots, alarms], bbox: null, keys: new Map([["alarms", new Set(["b"])]]) }),
    };
    for (const key of ["a", "b", "c"]) {
      put(key, 1);
      put(key, 2, { stream: alarms });
      clock.pass(100);
    }
    expect(clients.all.rows).toEqual(["a=1", "a=2", "b=1", "b=2", "c=1", "c=2"]);
    expect(clients.keys.rows).toEqual(["b=1"]);
    expect(clients.box.rows).toEqual(["a=1"]);
    expect(clients.both.rows).toEqual([]);
    expect(clients.alarms.rows).toEqual(["a=2", "b=2", "c=2"]);
    expect(clients.mixed.rows).toEqual(["a=1", "b=1", "b=2", "c=1"]);
  });

  test("by box tell once of what leaves the box, even if it moves on within the tick", () => {
    open({ placeOf: (_stream, _key, row) => [Number(row["v"]), 0, Number(row["v"]), 0] });
    const client = join(inBox([0, -1, 10, 1]), 1_000);
    put("car", 5);
    put("car", 20);
    put("car", 21);
    clock.pass(1_000);
    put("car", 22);
    clock.pass(2_000);
    expect(client.rows).toEqual(["car=5", "car=21"]);
  });

  test("that are equal share a channel, and a channel goes with its last client", () => {
    open();
    const [one, two] = [join(only("a", "b")), join(only("b", "a"))];
    expect(hub.stats().channels).toBe(1);
    one.leave();
    put("a", 1);
    expect(two.rows).toEqual(["a=1"]);
    two.leave();
    expect(hub.stats()).toMatchObject({ channels: 0, clients: 0 });
  });
});

describe("gone", () => {
  test("is told to those who watch the key, once, with an id", () => {
    open();
    const [all, b] = [join(), join(only("b"))];
    put("a", 1);
    clock.pass(600_002);
    hub.gone(spots, ["a"]);
    hub.gone(spots, ["a"]);
    clock.pass(60_000);
    expect(all.rows).toEqual(["a=1", "a gone"]);
    expect(JSON.parse(all.named("gone")[0]!.data)).toEqual({ stream: "spots", keys: ["a"] });
    expect(hub.parse(all.named("gone")[0]!.id!)).not.toBeNull();
    expect(b.rows).toEqual([]);
  });

  test("is found out by the hub itself when the TTL of what it told ends", () => {
    open();
    const client = join();
    put("a", 1);
    clock.pass(602_000);
    expect(client.rows).toEqual(["a=1", "a gone"]);
    put("a", 602_000);
    expect(client.rows.at(-1)).toBe("a=602000");
  });

  test("is not believed of a key that the hub knows to be alive", () => {
    open();
    const client = join();
    put("a", 1);
    hub.gone(spots, ["a"]);
    clock.pass(1_000);
    expect(client.rows).toEqual(["a=1"]);
  });

  test("reaches a client that resumes", () => {
    open();
    const client = join();
    put("a", 1);
    client.leave();
    clock.pass(602_000);
    hub.gone(spots, ["b"]);
    const back = join(whole(spots), 50, client.lastId);
    expect(back.rows.sort()).toEqual(["a gone", "b gone"]);
    expect(back.named("resync")).toHaveLength(0);
  });

  describe("of what has ended", () => {
    const ended = { field: "state", value: "closed", ttl_ms: 60_000 };
    const calls: Stream = { ...spots, name: "calls", live: { ...spots.live!, ended } };
    const call = (v: number, state: string, offset: number): void => {
      const row = { spot: "a", v, on: null, state };
      hub.publish(calls, [event("a", v, { row, offset })], 0, offset + 1);
    };

    test("is told when its own time is over, and no older state that comes late brings it back", () => {
      open({ streams: [calls] });
      const client = join(whole(calls));
      call(1_000, "on_scene", 0);
      clock.pass(2_000);
      call(2_000, "closed", 1);
      clock.pass(62_000);
      expect(client.rows).toEqual(["a=1000", "a=2000", "a gone"]);
      // Long after the ring has forgotten it.
      clock.pass(400_000);
      call(1_500, "on_scene", 2);
      clock.pass(1_000);
      expect(client.rows).toHaveLength(3);
    });

    test("is told at once of one whose end comes after its time, also where the hub never heard of the key", () => {
      open({ streams: [calls] });
      const client = join(whole(calls));
      clock.pass(100_000);
      call(2_000, "closed", 0);
      clock.pass(1_000);
      expect(client.rows).toEqual(["a gone"]);
      call(1_000, "on_scene", 1);
      clock.pass(1_000);
      expect(client.rows).toEqual(["a gone"]);
      call(101_000, "dispatched", 2);
      clock.pass(1_000);
      expect(client.rows).toEqual(["a gone", "a=101000"]);
    });
  });

  test("and rows in one frame: only the last event has the new cursor", () => {
    open();
    const client = join(whole(spots), 1_000);
    put("x", 1);
    const before = client.lastId;
    put("a", 2);
    hub.gone(spots, ["b"]);
    clock.pass(1_000);
    const [rows, gone] = client.told.slice(-2);
    expect([rows!.event, gone!.event]).toEqual(["spots", "gone"]);
    expect(rows!.id).toBe(before);
    expect(hub.parse(gone!.id!)).toEqual({ spots: [2, 0] });
  });
});

describe("resume", () => {
  test("gives the newest of all that changed since, and says that it did", () => {
    open();
    const client = join();
    put("a", 1);
    put("b", 2, { partition: 1 });
    clock.pass(100);
    client.leave();
    put("a", 3);
    put("c", 4, { partition: 1 });
    put("a", 5);
    const back = join(whole(spots), 50, client.lastId);
    expect(JSON.parse(back.told[0]!.data)).toMatchObject({ resumed: true, cursor: client.lastId });
    expect(back.rows.sort()).toEqual(["a=5", "c=4"]);
    expect(hub.parse(back.lastId)).toEqual({ spots: [3, 2] });
  });

  test("older than the ring is one resync to the list, then live again", () => {
    open();
    const client = join();
    put("a", 1);
    client.leave();
    put("a", 2);
    clock.pass(60_001);
    put("b", 3);
    const back = join(inBox([0, 0, 1, 1]), 50, client.lastId);
    expect(back.told.map((t) => t.event)).toEqual(["hello", "resync"]);
    expect(JSON.parse(back.told[0]!.data)).toMatchObject({ resumed: false, cursor: client.lastId });
    expect(JSON.parse(back.told[1]!.data)).toEqual({
      reason: "too-old",
      url: "/api/streams/spots/current?bbox=0,0,1,1",
    });
    expect(back.lastId).not.toBe(client.lastId);
    expect(hub.stats()).toMatchObject({ resync_too_old: 1, resumed: 0 });
  });

  test("before where the hub began to read is too old; a quiet partition is not", () => {
    open();
    hub.begin(spots, 0, 100);
    hub.begin(spots, 1, 40);
    const cursor = join().lastId;
    expect(hub.parse(cursor)).toEqual({ spots: [100, 40] });
    clock.pass(300_000);
    expect(join(whole(spots), 50, cursor).named("resync")).toHaveLength(0);
    const other = createHub({ streams: [spots], clock, epoch: "e1", schedule: clock.schedule });
    other.begin(spots, 0, 101);
    other.begin(spots, 1, 40);
    const sink = new TestSink();
    other.subscribe({ filter: whole(spots), tick_ms: 50, resume: hub.parse(cursor) }, sink);
    expect(sink.named("resync")).toHaveLength(1);
  });

  test("on a replica that lags waits for it, and never goes back", () => {
    open();
    const ahead = join();
    for (let v = 1; v <= 3; v++) put("a", v);
    clock.pass(100);
    const lagging = createHub({ streams: [spots, alarms], clock, epoch: "e1", schedule: clock.schedule });
    const sink = new TestSink();
    lagging.subscribe({ filter: whole(spots), tick_ms: 50, resume: lagging.parse(ahead.lastId) }, sink);
    for (let v = 1; v <= 5; v++) {
      lagging.publish(spots, [event("a", v, { offset: v - 1 })], 0, v);
      clock.pass(100);
    }
    expect(sink.rows).toEqual(["a=4", "a=5"]);
  });

  test("with a cursor that does not name the topic is a resync", () => {
    open();
    const cursor = join(whole(alarms)).lastId;
    expect(join(whole(spots), 50, cursor).named("resync")).toHaveLength(1);
  });

  test("with the cursor of the log before a restore is one resync, and goes on in the new one", () => {
    open();
    put("a", 1);
    const before = join().lastId;
    open({ epoch: "e2", epochs_before: ["e1"] });
    put("b", 1);
    const back = join(whole(spots), 50, before);
    expect(back.told.map((t) => t.event)).toEqual(["hello", "resync"]);
    expect(JSON.parse(back.told[1]!.data)).toMatchObject({ reason: "too-old" });
    expect(hub.parse(back.lastId)).toEqual({ spots: [1, 0] });
  });

  test("with a forged cursor is not understood", () => {
    open();
    expect(hub.parse("x' or 1=1")).toBeNull();
    expect(hub.parse("A".repeat(1_000_000))).toBeNull();
    expect(
      createHub({ streams: [spots], clock, epoch: "e2", schedule: clock.schedule }).parse(join().lastId),
    ).toBeNull();
  });
});

describe("a reader that does not read", () => {
  test("is skipped and then gets the newest of what it missed, in one write", async () => {
    open();
    const [slow, quick] = [join(), join()];
    slow.full = true;
    for (let v = 1; v <= 20; v++) {
      put("a", v);
      clock.pass(50);
    }
    expect(quick.rows).toHaveLength(20);
    expect(slow.rows).toEqual(["a=1"]);
    expect(hub.stats().blocked).toBe(1);
    await slow.drain();
    expect(slow.rows).toEqual(["a=1", "a=20"]);
    expect(slow.lastId).toBe(quick.lastId);
  });

  test("too far behind gets one resync, and goes on", async () => {
    open();
    const slow = join();
    slow.full = true;
    for (let v = 1; v <= 70; v++) {
      put("a", v);
      clock.pass(50);
    }
    await slow.drain();
    expect(slow.told.map((t) => t.event)).toEqual(["hello", "spots", "resync"]);
    expect(JSON.parse(slow.told[2]!.data)).toMatchObject({ reason: "slow" });
    put("a", 71);
    expect(slow.rows.at(-1)).toBe("a=71");
  });

  test("of events that must not be lost is closed instead, and gets them when it returns", async () => {
    open();
    const slow = join(whole(alarms));
    slow.full = true;
    for (let v = 1; v <= 70; v++) {
      put("a", v, { stream: alarms });
      clock.pass(50);
    }
    await slow.drain();
    expect(slow.closed).toBe("slow");
    expect(join(whole(alarms), 50, slow.lastId).rows).toHaveLength(69);
  });

  test("is closed when it has been full for too long, and not before", () => {
    open();
    const slow = join();
    slow.full = true;
    put("a", 1);
    clock.pass(29_000);
    expect(slow.closed).toBeNull();
    clock.pass(2_000);
    expect(slow.closed).toBe("slow");
    expect(hub.stats()).toMatchObject({ clients: 0, blocked: 0, closed_slow: 1 });
  });

  test("that throws or rejects is dropped; others are not disturbed", async () => {
    open();
    const broken: string[] = [];
    const sinkOf = (write: () => number | Promise<number>) => ({ write, close: () => broken.push("closed") });
    hub.subscribe(
      { filter: whole(spots), tick_ms: 50 },
      sinkOf(() => {
        throw new Error("gone");
      }),
    );
    hub.subscribe(
      { filter: whole(spots), tick_ms: 50 },
      sinkOf(() => Promise.reject(new Error("gone"))),
    );
    const fine = join();
    await new Promise((done) => setImmediate(done));
    put("a", 1);
    expect(fine.rows).toEqual(["a=1"]);
    expect(broken).toEqual(["closed", "closed"]);
    expect(hub.stats().clients).toBe(1);
  });
});

describe("many clients", () => {
  test("are told in slices; what comes meanwhile goes to those still to come in the same write", async () => {
    open();
    const clients = Array.from({ length: 350 }, () => join());
    put("a", 1);
    expect(clients.filter((c) => c.rows.length > 0)).toHaveLength(100);
    clock.pass(50);
    put("b", 2);
    const deadline = performance.now() + 5_000;
    while (clients.some((c) => c.rows.length < 2) && performance.now() < deadline) {
      await new Promise((done) => setImmediate(done));
    }
    expect(clients.every((c) => c.rows.join() === "a=1,b=2")).toBe(true);
    expect(clients.slice(0, 100).every((c) => c.writes === 3)).toBe(true);
    expect(clients.slice(100).every((c) => c.writes === 2)).toBe(true);
    expect(new Set(clients.map((c) => c.lastId)).size).toBe(1);
  });

  test("that had rested are not taken for slow when two frames come at once", async () => {
    open({ bounds: { ring_rows_max: 100 } });
    const clients = Array.from({ length: 150 }, () => join());
    for (let v = 1; v < 300; v++) put("x", v, { stream: alarms });
    put("a", 1);
    clock.pass(50);
    put("b", 2);
    await hub.close();
    expect(clients.every((c) => c.rows.join() === "a=1,b=2")).toBe(true);
    expect(hub.stats().resync_slow).toBe(0);
  });

  test("whose keys rest for long are not taken for slow when they move again", () => {
    open({ bounds: { ring_rows_max: 100 } });
    const [quiet, busy] = [join(only("a")), join()];
    put("a", 1);
    for (let v = 2; v < 400; v++) {
      put("b", v);
      clock.pass(500);
    }
    put("a", 400);
    expect(quiet.rows).toEqual(["a=1", "a=400"]);
    expect(busy.rows).toHaveLength(400);
    expect(hub.stats().resync_slow).toBe(0);
  });
});

describe("notes", () => {
  test("go unnamed and without id to their group; the last one is sent on connect", () => {
    open();
    const early = page("map");
    hub.note("map", "<p>1</p>\n<p>2</p>");
    hub.note("roads", "<p>other</p>");
    const late = page("map");
    const note = { event: null, id: null, retry: null, data: "<p>1</p>\n<p>2</p>" };
    expect(early.told.slice(1)).toEqual([note]);
    expect(late.told.slice(1)).toEqual([note]);
    expect(join().told).toHaveLength(1);
  });

  test("are forgotten with their last reader: who comes later gets no old one", () => {
    open();
    const first = hub.subscribe({ filter: whole(), tick_ms: 1_000, notes: "map" }, new TestSink());
    hub.note("map", "<p>old</p>");
    expect(hub.readers("map")).toBe(1);
    first.close();
    expect(hub.readers("map")).toBe(0);
    expect(page("map").told).toHaveLength(1);
  });

  test("wait in no queue: a full client gets only the newest", async () => {
    open();
    const client = page("map");
    client.full = true;
    for (let n = 1; n <= 9; n++) hub.note("map", `<p>${n}</p>`);
    await client.drain();
    expect(client.told.slice(1).map((t) => t.data)).toEqual(["<p>1</p>", "<p>9</p>"]);
  });
});

describe("time", () => {
  test("a heartbeat comes every 15 s, without id", () => {
    open();
    const client = join();
    clock.pass(45_000);
    const beats = client.named("hb");
    expect(beats.map((t) => [t.id, t.data])).toEqual([
      [null, '{"server_time":"2026-11-21T10:00:15Z"}'],
      [null, '{"server_time":"2026-11-21T10:00:30Z"}'],
      [null, '{"server_time":"2026-11-21T10:00:45Z"}'],
    ]);
  });

  test("what is kept does not grow: old changes and gone keys are forgotten", () => {
    open();
    for (let v = 1; v <= 2_000; v++) put(`k${v}`, v);
    expect(hub.stats()).toMatchObject({ ring_rows: 2_000, keys: 2_000 });
    clock.pass(61_000);
    expect(hub.stats()).toMatchObject({ ring_rows: 0, keys: 2_000 });
    clock.pass(800_000);
    expect(hub.stats()).toMatchObject({ ring_rows: 0, keys: 0 });
  });
});

describe("close", () => {
  test("says bye with a random retry and the client's own cursor, and closes", async () => {
    open();
    const [one, full] = [join(), join()];
    full.full = true;
    put("a", 1);
    const cursor = one.lastId;
    await hub.close();
    const bye = one.told.at(-1)!;
    expect(bye).toMatchObject({ event: "bye", id: cursor, retry: 3_500, data: '{"retry_ms":3500}' });
    expect([one.closed, full.closed]).toEqual(["end", "slow"]);
    expect(() => join()).toThrow(ProblemError);
  });
});

test("a full hub refuses, with words", () => {
  open({ bounds: { clients_max: 2 } });
  join();
  const second = join();
  expect(() => join()).toThrow("all 2 places are taken");
  second.leave();
  join();
});
