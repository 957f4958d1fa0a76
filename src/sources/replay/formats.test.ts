/** Recordings that are read whole, and texts that stand for nothing. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { limits } from "../../core/limits.ts";
import type { Stream } from "../../core/stream.ts";
import { traffic } from "../../streams/traffic.ts";
import { vehicles } from "../../streams/vehicles.ts";
import { float, message, string, uint, bytes } from "../feeds/protobuf.fixture.ts";
import { openRecording, type Recorded } from "./recording.ts";

let dir = "";
beforeAll(() => void (dir = mkdtempSync(join(tmpdir(), "formats-"))));
afterAll(() => rmSync(dir, { recursive: true }));

let files = 0;
function file(name: string, content: string | Uint8Array): string {
  const path = join(dir, `${files++}-${name}`);
  writeFileSync(path, content);
  return path;
}

async function read(path: string, mapping: object, stream: Stream): Promise<Recorded[]> {
  const recording = await openRecording(path, file("mapping.json", JSON.stringify(mapping)), stream);
  return Array.fromAsync(recording.events());
}

const at_ms = Date.UTC(2017, 11, 18, 12);
const refused = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "read",
    (error: Error) => `${error.name}: ${error.message}`,
  );

describe("a JSON array", () => {
  const mapping = {
    format: "json",
    time: { column: "at" },
    fields: {
      vehicle_id: { column: "id" },
      latitude: { column: "p", wkt: "latitude" },
      longitude: { column: "p", wkt: "longitude" },
    },
  };
  const row = { id: "v", p: "POINT(11.5 48.25)", at: "2017-12-18 13:00:00+0100" };

  test("is rows, also packed; what is no object among them is refused, and a point that is none goes to the door", async () => {
    const text = JSON.stringify([row, 5, null, [row], { ...row, p: "POINT EMPTY" }]);
    for (const path of [file("a.json", text), file("a.json.gz", gzipSync(text))]) {
      const all = await read(path, mapping, vehicles);
      expect(all.map((one) => (one.ok ? one.draft : one.reject.rule))).toEqual([
        { vehicle_id: "v", latitude: 48.25, longitude: 11.5 },
        "must be a JSON object",
        "must be a JSON object",
        "must be a JSON object",
        { vehicle_id: "v", latitude: "POINT EMPTY", longitude: "POINT EMPTY" },
      ]);
      expect(all[0]).toMatchObject({ time_ms: at_ms });
    }
  });

  test("that is none, is cut, or is too large to be read at once, is told in a sentence", async () => {
    for (const text of [`{"a":1}`, `[{"id":"v"`, ""])
      expect(await refused(read(file("a.json", text), mapping, vehicles))).toMatch(
        /^ConfigError: .* cannot be read: /,
      );
    // Packed it is small: what counts is what comes out.
    const bomb = gzipSync(Buffer.alloc(limits.recording_bytes_max + 1, 32));
    expect(bomb.length).toBeLessThan(100_000);
    expect(await refused(read(file("bomb.json.gz", bomb), mapping, vehicles))).toMatch(
      /^ConfigError: .* has more than 67108864 bytes, .* make it NDJSON/,
    );
  });
});

describe("a GTFS-Realtime message", () => {
  const feed = message(
    bytes(1, message(string(1, "2.0"), uint(3, at_ms / 1_000 + 5))),
    bytes(
      2,
      message(
        string(1, "e1"),
        bytes(
          4,
          message(
            bytes(2, message(float(1, 42.25), float(2, -71.5), float(3, 90), float(5, 10))),
            uint(5, at_ms / 1_000),
            bytes(8, message(string(1, "bus 7"))),
          ),
        ),
      ),
    ),
  );

  test("says itself what its columns are", async () => {
    const all = await read(file("feed.pb", feed), { format: "gtfs-rt" }, vehicles);
    expect(all).toEqual([
      {
        ok: true,
        time_ms: at_ms,
        draft: { vehicle_id: "bus 7", latitude: 42.25, longitude: -71.5, speed: 36, heading: 90 },
      },
    ]);
  });

  test("that is cut in half is refused as a whole", async () => {
    for (const cut of [
      feed.subarray(0, feed.length >> 1),
      feed.subarray(0, feed.length - 1),
      Buffer.from("<html>"),
    ])
      expect(await refused(read(file("feed.pb", cut), { format: "gtfs-rt" }, vehicles))).toMatch(
        /^ConfigError: .* cannot be read: /,
      );
  });
});

describe("texts that stand for no value", () => {
  const time = { column: "t", zone: "UTC" };
  test("leave the field out, in any format, and are no refusal's value", async () => {
    const mapping = {
      time,
      absent: ["NA", "-"],
      fields: { road_id: { column: "id" }, current_speed: { column: "v" }, free_flow_speed: { column: "f" } },
    };
    const text = "id,v,f,t\na,NA,-,2017-12-18T12:00:00\nb,1,nan,2017-12-18T12:00:00\nc,1,2,NA\n";
    const all = await read(file("a.csv", text), mapping, traffic);
    expect(all.map((one) => (one.ok ? one.draft : [one.reject.pointer, one.reject.value]))).toEqual([
      { road_id: "a" },
      { road_id: "b", current_speed: 1, free_flow_speed: "nan" },
      ["/t", '"NA"'],
    ]);
  });

  test("are no cells of a wide table, and no rows", async () => {
    const mapping = {
      time,
      absent: ["NA"],
      wide: { key: "id", value: "v" },
      fields: { road_id: { column: "id" }, current_speed: { column: "v" } },
    };
    const all = await read(file("a.csv", "t,x,y\n2017-12-18T12:00:00,NA,5\n"), mapping, traffic);
    expect(all.map((one) => one.ok && one.draft)).toEqual([{ road_id: "y", current_speed: 5 }]);
  });
});
