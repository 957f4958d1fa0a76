import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { days, hours, minutes, type Clock } from "../../core/time.ts";
import { traffic } from "../../streams/traffic.ts";
import { CollectingLog } from "../collecting-log.ts";
import { DEAD_LETTERS_TOPIC } from "../door.ts";
import { createDoor } from "../gather-door.ts";
import { replayClock } from "./clock.ts";
import { openRecording } from "./recording.ts";
import { replay, shiftToNow, type ReplayOptions } from "./replay.ts";

const NOW = Date.UTC(2026, 10, 21, 10, 20);
const wall: Clock = { now: () => NOW, monotonic: () => performance.now() };
const city = {
  city_id: "test",
  zone: "America/Los_Angeles",
  rush_hours: [[7, 9]] as const,
  peak_hours: [],
  holidays: [],
};

const ROOT = join(import.meta.dir, "..", "..", "..");
const DATA = join(ROOT, "..", "shared", "data");
const MAPPINGS = join(ROOT, "docs", "mappings");
const recorded = existsSync(DATA) ? test : test.skip;
if (!existsSync(DATA)) process.stderr.write(`No recordings at ${DATA}: their replays are skipped\n`);

let dir = "";
beforeAll(() => void (dir = mkdtempSync(join(tmpdir(), "replay-"))));
afterAll(() => rmSync(dir, { recursive: true }));

let files = 0;
function file(name: string, content: string | Uint8Array): string {
  const path = join(dir, `${files++}-${name}`);
  writeFileSync(path, content);
  return path;
}

async function run(
  path: string,
  mapping: object | string,
  options: Partial<ReplayOptions> = {},
  clock: Clock = wall,
) {
  const mapping_file = typeof mapping === "string" ? mapping : file("mapping.json", JSON.stringify(mapping));
  const recording = await openRecording(path, mapping_file, traffic);
  const span = await recording.scan();
  const log = new CollectingLog();
  const door = createDoor({ log, city, clock });
  const result = await replay({
    recording,
    span,
    door,
    speed: "max",
    time: { kind: "shift", now_ms: NOW },
    ...options,
  });
  return { log, span, result };
}

const simple = {
  time: { column: "t", zone: "America/New_York" },
  fields: { road_id: { column: "id" }, current_speed: { column: "v", unit: "m/s" } },
};

describe("real recordings", () => {
  recorded(
    "METR-LA, whole at max: every cell is an event, in km/h, at its place and time, as a backfill in the past",
    async () => {
      const csv = join(DATA, "metr-la", "speed_mph.csv");
      const { log, span, result } = await run(csv, join(MAPPINGS, "metr-la.json"));
      const lines = readFileSync(csv, "utf8")
        .trim()
        .split("\n")
        .map((line) => line.split(","));
      const header = lines[0]!;
      expect([lines.length - 1, header.length]).toEqual([1_612, 207]);
      expect(result).toMatchObject({ events: 1_612 * 207, accepted: 1_612 * 207, rejected: 0, refused: 0 });
      expect(span).toMatchObject({ start_ms: Date.parse("2012-03-01T08:00:00Z"), in_order: true });
      expect(span.end_ms).toBe(span.start_ms + 1_611 * minutes(5));
      expect(result.shift_ms % days(7)).toBe(0);
      expect(NOW - (span.end_ms + result.shift_ms)).toBeWithin(0, days(7));

      const places = new Map(
        readFileSync(join(DATA, "metr-la", "sensor_locations.csv"), "utf8")
          .trim()
          .split("\n")
          .slice(1)
          .map((l) => l.split(","))
          .map((l) => [l[1], l]),
      );
      const values = log.values("traffic-raw");
      const headers = log.records("traffic-raw").map((r) => r.headers);
      expect(headers.every((h) => h?.["backfill"] === "1" && h["source"] === "replay")).toBe(true);
      const at = new Map(
        values.map((v) => [`${String(v["road_id"])} ${Date.parse(String(v["timestamp"]))}`, v]),
      );
      expect(at.size).toBe(1_612 * 207);
      for (const [row, column] of [
        [0, 0],
        [0, 206],
        [1_611, 0],
        [1_611, 206],
        [777, 100],
        [100, 3],
      ] as const) {
        const id = header[column]!;
        const event = at.get(`${id} ${span.start_ms + row * minutes(5) + result.shift_ms}`)!;
        const place = places.get(id)!;
        const kmh = Math.round(Number(lines[row + 1]![column]) * 1.609344 * 100) / 100;
        expect(event).toMatchObject({
          road_name: `Detector ${id}`,
          current_speed: kmh,
          free_flow_speed: 104.61,
          latitude: Number(place[2]),
          longitude: Number(place[3]),
        });
      }
    },
    60_000,
  );

  recorded(
    "METR-LA on its own clock: live events at their recorded times, and none is in the future",
    async () => {
      const csv = join(DATA, "metr-la", "speed_mph.csv");
      const head = file("speed_mph.csv", readFileSync(csv, "utf8").split("\n").slice(0, 37).join("\n"));
      const mapping = {
        ...(JSON.parse(readFileSync(join(MAPPINGS, "metr-la.json"), "utf8")) as object),
        join: { file: join(DATA, "metr-la", "sensor_locations.csv"), on: "sensor_id" },
      };
      const clock = replayClock(Date.parse("2012-03-01T08:00:00Z"), "max");
      const { log, result } = await run(head, mapping, { time: { kind: "clock", clock } }, clock);
      expect(result).toMatchObject({ accepted: 36 * 207, rejected: 0, shift_ms: 0 });
      expect(log.records("traffic-raw")[0]!.headers).toEqual({ source: "replay" });
      expect(log.values("traffic-raw")[0]).toMatchObject({ timestamp: "2012-03-01T08:00:00Z" });
      expect(clock.now()).toBe(Date.parse("2012-03-01T08:00:00Z") + 35 * minutes(5));
    },
  );

  recorded(
    "NYC DOT: dead rows are refused with field, value and rule; the others are events at their link's start",
    async () => {
      const { log, span, result } = await run(
        join(DATA, "nyc-dot", "links_with_dead_rows.csv"),
        join(MAPPINGS, "nyc-dot.json"),
      );
      expect(result).toMatchObject({ accepted: 860, rejected: 0, refused: 140 });
      expect(span.in_order).toBe(false);
      const letters = log.values(DEAD_LETTERS_TOPIC);
      expect(letters.length).toBe(140);
      for (const letter of letters) {
        expect(letter).toMatchObject({
          stream: "traffic",
          source: "replay",
          reason: "range",
          pointer: "/status",
          value: '"-101"',
          rule: "must not be -101: the link reports nothing",
        });
      }
      const payload = JSON.parse(Buffer.from(String(letters[0]!["payload"]), "base64").toString()) as object;
      expect(payload).toMatchObject({ link_id: "4616217", status: "-101", speed: "0" });
      const event = log.values("traffic-raw").find((v) => v["road_id"] === "4616332")!;
      expect(event).toMatchObject({
        road_name: "FDR S 63rd - 25th St",
        current_speed: 60,
        latitude: 40.76069,
        longitude: -73.95679,
      });
      // 11:38:12 in New York in winter, some weeks later.
      expect(String(event["timestamp"]).slice(11)).toBe("16:38:12Z");
    },
  );
});

describe("times", () => {
  test("a zone's wall clock through both changes of its clocks; a time that does not exist is refused", async () => {
    const rows = [
      "2019-03-10T01:59:59",
      "2019-03-10T02:30:00",
      "2019-03-10T03:00:00",
      "2019-11-03T00:59:59",
      "2019-11-03T02:00:00",
      "2019-07-01T00:00:00+02:00",
      "soon",
    ];
    const clock = replayClock(Date.parse("2019-01-01T00:00:00Z"), "max");
    const { log, result } = await run(
      file("a.csv", `id,v,t\n${rows.map((t) => `a,1,${t}`).join("\n")}\n`),
      simple,
      { time: { kind: "clock", clock } },
      clock,
    );
    expect(log.values("traffic-raw").map((v) => v["timestamp"])).toEqual([
      "2019-03-10T06:59:59Z",
      "2019-03-10T07:00:00Z",
      "2019-06-30T22:00:00Z",
      "2019-11-03T04:59:59Z",
      "2019-11-03T07:00:00Z",
    ]);
    expect(result.refused).toBe(2);
    expect(log.values(DEAD_LETTERS_TOPIC).map((l) => [l["reason"], l["pointer"], l["rule"]])).toEqual([
      ["time", "/t", "must be a time that exists in America/New_York: its clocks skip 2019-03-10T02:30:00"],
      ["time", "/t", "must be an ISO 8601 time with seconds"],
    ]);
  });

  test("seconds and milliseconds since 1970", async () => {
    for (const [format, value] of [
      ["s", "1573862400"],
      ["ms", "1573862400000"],
    ]) {
      const { log, result } = await run(file("a.csv", `id,v,t\na,1,${value}\na,1,\na,1,x\n`), {
        ...simple,
        time: { column: "t", format },
      });
      expect(result).toMatchObject({ accepted: 1, refused: 2 });
      expect(Date.parse(String(log.values("traffic-raw")[0]!["timestamp"])) - result.shift_ms).toBe(
        1_573_862_400_000,
      );
    }
  });

  test("a shift is whole weeks and ends before now, also for a recording of tomorrow", () => {
    for (const end of [0, NOW - 1, NOW, NOW + 1, NOW + days(30), NOW - days(7), NOW - days(7) - 1]) {
      const shift = shiftToNow(end, NOW);
      expect(Math.abs(shift % days(7))).toBe(0);
      expect(NOW - (end + shift)).toBeWithin(0, days(7));
    }
  });

  test("at a speed, events come when they are due, in order of time", async () => {
    const times = ["00:01:00", "00:00:00", "00:00:30"].map((t) => `2019-01-01T${t}`);
    const path = file("a.csv", `id,v,t\n${times.map((t, i) => `r${i},1,${t}`).join("\n")}\n`);
    const start = Date.parse("2019-01-01T05:00:00Z");
    const clock = replayClock(start, 300);
    const seen: number[] = [];
    const { log } = await run(
      path,
      simple,
      {
        speed: 300,
        time: { kind: "clock", clock },
        onProgress: (p) => void seen.push(clock.now() - p.recorded_ms),
      },
      clock,
    );
    expect(log.values("traffic-raw").map((v) => v["road_id"])).toEqual(["r1", "r2", "r0"]);
    expect(log.appends.length).toBe(3);
    // Never before its time, and within a second of the recording's clock times the speed.
    for (const late of seen) expect(late).toBeWithin(0, hours(1));
  });

  test("the clocks: one runs at its speed, one follows and never goes back", () => {
    let real = 0;
    const base = { now: () => 0, monotonic: () => real };
    const runs = replayClock(1_000, 60, base);
    real = 500;
    runs.advance(9e9);
    expect([runs.now(), runs.monotonic()]).toEqual([31_000, 500]);
    const follows = replayClock(1_000, "max", base);
    real = 900;
    expect(follows.now()).toBe(1_000);
    follows.advance(5_000);
    follows.advance(4_000);
    expect([follows.now(), follows.monotonic()]).toEqual([5_000, 900]);
  });
});

describe("files", () => {
  const csv = "id,v,t\na,10,2019-01-01T00:00:00\nb,20,2019-01-01T00:00:01\n";

  test("gzip, a byte order mark, CRLF and quotes read the same", async () => {
    const texts = [csv, `\ufeff${csv}`, csv.replaceAll("\n", "\r\n"), csv.replaceAll("a", '"a"')];
    for (const text of texts) {
      for (const path of [file("a.csv", text), file("a.csv.gz", gzipSync(text))]) {
        const { log } = await run(path, simple);
        expect(log.values("traffic-raw").map((v) => [v["road_id"], v["current_speed"]])).toEqual([
          ["a", 36],
          ["b", 72],
        ]);
      }
    }
  });

  test("NDJSON, nested; a line that is no object is refused and the next is read", async () => {
    const text = `{"at":{"id":"a","v":10},"t":"2019-01-01T00:00:00Z"}\n\nnonsense\n[1]\n{"at":{"id":7,"v":"20"},"t":"2019-01-01T00:00:00Z"}`;
    const mapping = {
      format: "ndjson",
      time: { column: "t" },
      fields: { road_id: { column: "at.id" }, current_speed: { column: "at.v" } },
    };
    const { log, result } = await run(file("a.ndjson", text), mapping);
    expect(result).toMatchObject({ accepted: 2, refused: 2 });
    expect(log.values("traffic-raw").map((v) => [v["road_id"], v["current_speed"]])).toEqual([
      ["a", 10],
      ["7", 20],
    ]);
    expect(log.values(DEAD_LETTERS_TOPIC).map((l) => l["rule"])).toEqual([
      "must be JSON",
      "must be a JSON object",
    ]);
  });

  test("a row with other columns, a cell that is no number, a speed beyond bounds: dead letters, the rest arrives", async () => {
    const text = `${csv}c,1\nd,fast,2019-01-01T00:00:00\ne,,2019-01-01T00:00:00\nf,500,2019-01-01T00:00:00\ng,1,2019-01-01T00:00:00\n`;
    const { log, result } = await run(file("a.csv", text), simple);
    expect(result).toMatchObject({ accepted: 3, refused: 1, rejected: 3 });
    expect(log.values(DEAD_LETTERS_TOPIC).map((l) => [l["pointer"], l["rule"]])).toEqual([
      ["", "must have 3 columns, as the header has, not 2"],
      ["/current_speed", "must be a number"],
      ["/current_speed", "is required"],
      ["/current_speed", "must be at most 300"],
    ]);
  });

  test("a refusal by number takes 0.00 for 0, and the first rule that fits counts", async () => {
    const refuse = [
      { column: "v", equals: 0, rule: "must not be 0" },
      { column: "id", equals: "a", rule: "never a", reason: "schema" },
    ];
    const { log, result } = await run(
      file("a.csv", "id,v,t\na,0.00,2019-01-01T00:00:00\na,1,2019-01-01T00:00:00\nb,1,2019-01-01T00:00:00\n"),
      { ...simple, refuse },
    );
    expect(result).toMatchObject({ accepted: 1, refused: 2 });
    expect(log.values(DEAD_LETTERS_TOPIC).map((l) => [l["reason"], l["value"], l["rule"]])).toEqual([
      ["range", '"0.00"', "must not be 0"],
      ["schema", '"a"', "never a"],
    ]);
  });

  test("memory does not grow with the recording", async () => {
    const row = (i: number): string =>
      `r${i % 500},10,2019-01-01T00:${String(Math.floor(i / 2_000)).padStart(2, "0")}:00`;
    const path = file("long.csv", `id,v,t\n${Array.from({ length: 60_000 }, (_, i) => row(i)).join("\n")}\n`);
    const recording = await openRecording(path, file("mapping.json", JSON.stringify(simple)), traffic);
    const span = await recording.scan();
    let appended = 0;
    const log = {
      append: (_: string, records: readonly unknown[]) =>
        Promise.resolve(((appended += records.length), new Map([[0, appended]]))),
    };
    Bun.gc(true);
    const before = process.memoryUsage().heapUsed;
    let most = 0;
    await replay({
      recording,
      span,
      door: createDoor({ log, city, clock: wall }),
      speed: "max",
      time: { kind: "shift", now_ms: NOW },
      onProgress: (p) => {
        if (p.events % 20_000 !== 0) return;
        Bun.gc(true);
        most = Math.max(most, process.memoryUsage().heapUsed - before);
      },
    });
    expect(appended).toBe(60_000);
    expect(most / 2 ** 20).toBeLessThan(24);
  });
});

describe("faults", () => {
  test("a log that is away for a moment loses nothing", async () => {
    const log = new CollectingLog();
    log.away = true;
    setTimeout(() => (log.away = false), 150);
    const recording = await openRecording(
      file("a.csv", "id,v,t\na,1,2019-01-01T00:00:00\n"),
      file("m.json", JSON.stringify(simple)),
      traffic,
    );
    const span = await recording.scan();
    const door = createDoor({ log, city, clock: wall });
    const result = await replay({
      recording,
      span,
      door,
      speed: "max",
      time: { kind: "shift", now_ms: NOW },
    });
    expect([result.accepted, log.records("traffic-raw").length]).toEqual([1, 1]);
  });

  test("it stops when told to, also while it waits", async () => {
    const stop = new AbortController();
    const path = file("a.csv", "id,v,t\na,1,2019-01-01T00:00:00\na,1,2019-01-01T09:00:00\n");
    const running = run(path, simple, { speed: 1, signal: stop.signal, onProgress: () => stop.abort() });
    const outcome = await running.then(
      () => "went on",
      (error: Error) => error.name,
    );
    expect(outcome).toBe("AbortError");
  });

  test("what cannot be used is named in one sentence", async () => {
    const good = file("a.csv", "id,v,t\na,1,2019-01-01T00:00:00\n");
    const cases: [string, object | string, RegExp][] = [
      ["/nowhere.csv", simple, /The recording \/nowhere.csv cannot be read: ENOENT/],
      [good, "/nowhere.json", /The mapping \/nowhere.json cannot be read: ENOENT/],
      [good, file("m.json", "{"), /is not JSON/],
      [good, { ...simple, time: { column: "t", zone: "Mars" } }, /wrong at \/time/],
      [
        good,
        { ...simple, fields: { nope: { column: "id" } } },
        /wrong at \/fields\/nope: stream traffic takes event_id, road_id/,
      ],
      [good, { ...simple, fields: { speed_ratio: { column: "v" } } }, /wrong at \/fields\/speed_ratio/],
      [good, { ...simple, time: { start: "soon", step_s: 1, zone: "UTC" } }, /wrong at \/time\/start/],
      [good, { ...simple, join: { file: "nowhere.csv", on: "id" } }, /wrong at \/join\/file/],
      [file("empty.csv", "id,v,t\n"), simple, /holds no event/],
      [file("open.csv", `id,v,t\n"${"x,".repeat(600_000)}`), simple, /cannot be read: .*[Ss]ize/],
      [file("a.csv.gz", "not gzip"), simple, /cannot be read/],
    ];
    for (const [path, mapping, wanted] of cases) {
      const outcome = await run(path, mapping).then(
        () => new Error("it ran"),
        (error: Error) => error,
      );
      expect(outcome.name).toBe("ConfigError");
      expect(outcome.message).toMatch(wanted);
      expect(outcome.message).not.toContain("\n");
    }
  });
});
