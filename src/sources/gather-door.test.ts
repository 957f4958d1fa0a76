import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import type { CityRules } from "../core/city.ts";
import { decoderOf } from "../core/decode.ts";
import { LogUnavailableError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import { traffic } from "../streams/traffic.ts";
import { CollectingLog } from "./collecting-log.ts";
import { DEAD_LETTERS_TOPIC } from "./door.ts";
import { createDoor, DoorOverloadedError } from "./gather-door.ts";

const NOW = Date.UTC(2026, 10, 21, 10, 20);
const clock = { now: () => NOW, monotonic: () => 0 };
const city: CityRules = {
  city_id: "test",
  zone: "UTC",
  rush_hours: [[7, 9]],
  peak_hours: [[6, 10]],
  holidays: [],
};
const HTTP = { source: "http" };

const event = (road_id: string, current_speed: number, extra: object = {}) => ({
  road_id,
  current_speed,
  timestamp: "2026-11-21T10:19:00Z",
  ...extra,
});
const bytes = (value: unknown): Uint8Array =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value));

function make() {
  const log = new CollectingLog();
  return { log, door: createDoor({ log, city, clock }) };
}

describe("the door", () => {
  test("what it wrote decodes to the event it accepted, derived fields and identity included", async () => {
    const { log, door } = make();
    const sent = event("a", 30.004, {
      free_flow_speed: 60,
      speed_ratio: 99,
      coordinates: [4.9, 52.4],
      extra: 1,
    });
    const result = await door.accept(traffic, [sent], HTTP);
    expect(result).toMatchObject({ accepted: 1, rejected: 0, rejects: [] });
    const [record] = log.records("traffic-raw");
    expect(record).toMatchObject({ key: "a", headers: { source: "http" } });
    expect(log.values("traffic-raw")[0]).toMatchObject({
      current_speed: 30,
      speed_ratio: 0.5,
      latitude: 52.4,
      congestion_level: "moderate",
    });
    const raw = {
      value: record!.value,
      source: "http",
      received_at_ms: NOW,
      partition: 0,
      offset: 0,
      backfill: false,
      dead_letter_id: null,
    };
    const context = { city, now_ms: NOW };
    const [again] = decoderOf(traffic).decode([raw], context);
    const first = decoderOf(traffic).check(sent, raw, context);
    if (!again!.ok || !first.ok) throw new Error("both must be events");
    expect(again!.event).toEqual({ ...first.event, unknown_fields: 0 });
  });

  test("a backfill is marked in the header of events and of dead letters", async () => {
    const { log, door } = make();
    await door.accept(traffic, [event("a", 1), event("a", -1)], { source: "replay", backfill: true });
    expect(log.records("traffic-raw")[0]!.headers).toEqual({ source: "replay", backfill: "1" });
    expect(log.records(DEAD_LETTERS_TOPIC)[0]!.headers).toEqual({ source: "replay", backfill: "1" });
  });

  test("a refused value is a dead letter with field, value, rule and the bytes that came", async () => {
    const { log, door } = make();
    const bad = '{"road_id":"a","current_speed":400,  "timestamp":"2026-11-21T10:19:00Z"}';
    const result = await door.acceptBytes(traffic, [bytes(event("a", 1)), bytes(bad), bytes("{oops")], HTTP);
    expect(result.accepted).toBe(1);
    expect(result.rejects.map((r) => [r.line, r.reason, r.pointer])).toEqual([
      [2, "range", "/current_speed"],
      [3, "json", ""],
    ]);
    const [letter] = log.values(DEAD_LETTERS_TOPIC);
    expect(letter).toEqual({
      stream: "traffic",
      reason: "range",
      pointer: "/current_speed",
      value: "400",
      rule: "must be at most 300",
      source: "http",
      received_at: "2026-11-21T10:20:00Z",
      payload: Buffer.from(bad).toString("base64"),
      payload_bytes: bad.length,
      payload_sha256: createHash("sha256").update(bad).digest("hex"),
    });
  });

  test("a payload is whole at the limit, and its first KB one byte above", async () => {
    for (const [size, kept] of [
      [limits.dead_letter_bytes_max, limits.dead_letter_bytes_max],
      [limits.dead_letter_bytes_max + 1, limits.dead_letter_cut_bytes],
    ] as const) {
      const { log, door } = make();
      const value = bytes("x".repeat(size));
      await door.acceptBytes(traffic, [value], HTTP);
      const [letter] = log.values(DEAD_LETTERS_TOPIC);
      expect(Buffer.from(letter!["payload"] as string, "base64")).toEqual(
        Buffer.from(value.subarray(0, kept)),
      );
      expect(letter!["payload_bytes"]).toBe(size);
      expect(letter!["payload_sha256"]).toBe(createHash("sha256").update(value).digest("hex"));
    }
  });

  test("all rejects are counted, the first hundred told", async () => {
    const { log, door } = make();
    const result = await door.accept(
      traffic,
      Array.from({ length: 250 }, () => 5),
      HTTP,
    );
    expect(result).toMatchObject({ accepted: 0, rejected: 250 });
    expect(result.rejects.length).toBe(limits.rejects_told_max);
    expect(log.records(DEAD_LETTERS_TOPIC).length).toBe(250);
    expect(log.records("traffic-raw").length).toBe(0);
  });

  test("calls at once are appended at once, and each resolves when its own are durable", async () => {
    const { log, door } = make();
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, i) => door.accept(traffic, [event(`r${i}`, i)], HTTP)),
    );
    expect(results.every((r) => r.accepted === 1 && r.applied.size > 0)).toBe(true);
    expect(log.appends.length).toBe(1);
    expect(log.records("traffic-raw").length).toBe(20);
  });

  test("an append holds at most the limit; one above makes two", async () => {
    for (const [n, appends] of [
      [limits.append_records_max, 1],
      [limits.append_records_max + 1, 2],
    ] as const) {
      const { log, door } = make();
      const result = await door.accept(
        traffic,
        Array.from({ length: n }, (_, i) => event(`r${i % 7}`, i % 200)),
        HTTP,
      );
      expect(result.accepted).toBe(n);
      expect(log.appends.length).toBe(appends);
      const next = [...result.applied.values()].reduce((a, b) => a + b, 0);
      expect(next).toBe(n);
    }
  });

  test("events of a key stay in the order of the calls, whatever their sizes", async () => {
    const { log, door } = make();
    const sizes = [2_500, 1, 3_000, 1, 12_000, 2, 1];
    let n = 0;
    const calls = sizes.map((size) =>
      Array.from({ length: size }, () => event("one", 1, { event_id: String(n++) })),
    );
    await Promise.all(
      calls.map((values, i) =>
        i % 2 === 0 ? door.accept(traffic, values, HTTP) : door.acceptBytes(traffic, values.map(bytes), HTTP),
      ),
    );
    const ids = log.values("traffic-raw").map((v) => v["event_id"]);
    expect(ids).toEqual(Array.from({ length: n }, (_, i) => String(i)));
  });

  test("while the log is away every waiting call is told so, and afterwards all goes on", async () => {
    const { log, door } = make();
    log.away = true;
    const outcomes = await Promise.allSettled(
      [1, 2, 3].map((i) => door.accept(traffic, [event("a", i)], HTTP)),
    );
    for (const o of outcomes) {
      expect(o.status === "rejected" && o.reason instanceof LogUnavailableError).toBe(true);
    }
    log.away = false;
    expect((await door.accept(traffic, [event("a", 9)], HTTP)).accepted).toBe(1);
    expect(log.values("traffic-raw").map((v) => v["current_speed"])).toEqual([9]);
  });

  test("who comes while an append waits for a log that is away does not wait in turn: all are told together", async () => {
    const { log, door } = make();
    let open = (): void => {};
    log.gate = new Promise((go) => (open = go));
    log.away = true;
    const first = door.accept(traffic, [event("a", 1)], HTTP);
    await Bun.sleep(20);
    const others = [2, 3, 4].map((i) => door.accept(traffic, [event("a", i)], HTTP));
    await Bun.sleep(20);
    // The log's next answer would come, but never is: nobody is to ask for it.
    open();
    log.gate = new Promise(() => {});
    for (const o of await Promise.allSettled([first, ...others]))
      expect(o.status === "rejected" && o.reason instanceof LogUnavailableError).toBe(true);
    log.gate = Promise.resolve();
    log.away = false;
    expect((await door.accept(traffic, [event("a", 9)], HTTP)).accepted).toBe(1);
  });

  test("what waits is bounded: one call too many is refused at once, the others arrive", async () => {
    const { log, door } = make();
    let open = (): void => {};
    log.gate = new Promise((go) => (open = go));
    const large = bytes(event("a", 1, { padding: "x".repeat(60_000) }));
    const per_call = Math.floor(limits.gather_bytes_max / 8 / large.length);
    const waiting = Array.from({ length: 8 }, () =>
      door.acceptBytes(
        traffic,
        Array.from({ length: per_call }, () => large),
        HTTP,
      ),
    );
    const rest = Math.floor((limits.gather_bytes_max - 8 * per_call * large.length) / large.length) + 1;
    const refused = door.acceptBytes(
      traffic,
      Array.from({ length: rest }, () => large),
      HTTP,
    );
    expect(await refused.catch((e: unknown) => e)).toBeInstanceOf(DoorOverloadedError);
    open();
    const done = await Promise.all(waiting);
    expect(done.reduce((sum, r) => sum + r.accepted, 0)).toBe(8 * per_call);
    expect((await door.accept(traffic, [event("a", 1)], HTTP)).accepted).toBe(1);
  });

  test("a source's own refusals are dead letters too", async () => {
    const { log, door } = make();
    const reject = {
      reason: "range",
      pointer: "/status",
      value: '"-101"',
      rule: "must not be -101: the link is dead",
    } as const;
    await door.refuse(traffic, [{ value: { status: "-101", speed: "0" }, reject }], { source: "replay" });
    expect(log.values(DEAD_LETTERS_TOPIC)[0]).toMatchObject({
      ...reject,
      stream: "traffic",
      source: "replay",
      payload_bytes: 29,
    });
  });

  test("values that no JSON can hold are rejects, not faults", async () => {
    const { door } = make();
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    const result = await door.accept(traffic, [cycle, 10n, undefined, Symbol("s"), NaN], HTTP);
    expect(result).toMatchObject({ accepted: 0, rejected: 5 });
  });
});
