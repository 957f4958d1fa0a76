import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { type Artefact, ModelFileError, packModel, unpackModel } from "./artefact.ts";
import type { Train } from "./model.ts";
import { openModel } from "./open-model.ts";
import { trainPersistence } from "./persistence/train.ts";
import { trainProfile } from "./profile/train.ts";
import { aDay, aSet } from "./scene.fixture.ts";

const set = aSet(6, 3 * 288, aDay(1));
const trains: readonly Train[] = [trainPersistence, trainProfile];
const changed = (bytes: Uint8Array, by: Partial<Artefact>): Uint8Array =>
  packModel({ ...unpackModel(bytes), ...by });

/** A file with another line of JSON, and the hash that belongs to it. */
function withHead(bytes: Uint8Array, edit: (head: Record<string, unknown>) => void): Uint8Array {
  const first = bytes.indexOf(10) + 1;
  const end = bytes.indexOf(10, first);
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(first, end))) as Record<string, unknown>;
  edit(head);
  const body = Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), bytes.subarray(end + 1)]);
  const hash = createHash("sha256").update(body).digest("hex");
  return Buffer.concat([Buffer.from(`ARTERIAL-MODEL ${hash}\n`), body]);
}

describe("a model's file", () => {
  test("is opened by its kind, and says of itself what it was trained on", async () => {
    for (const train of trains) {
      const bytes = await train(set, { seed: 3 });
      const { about, bind } = await openModel(bytes);
      expect(about).toMatchObject({ seed: 3, roads_n: 6, trained_from_ms: set.matrix.from_ms });
      expect(bind(set.network)).toHaveProperty("forecast");
    }
  });

  test("that was cut off anywhere is refused", async () => {
    const bytes = await trainPersistence(set, { seed: 1 });
    for (const end of [0, 1, 20, 79, 80, 81, 200, bytes.length - 4, bytes.length - 1])
      expect(openModel(bytes.subarray(0, end))).rejects.toThrow(ModelFileError);
  });

  test("that was changed by a bit is refused", async () => {
    const bytes = await trainPersistence(set, { seed: 1 });
    for (const at of [0, 16, 90, bytes.length >> 1, bytes.length - 1]) {
      const other = bytes.slice();
      other[at]! ^= 1;
      expect(openModel(other)).rejects.toThrow(ModelFileError);
    }
  });

  test("of another version, of an unknown kind, of other inputs or other sizes is refused in a sentence", async () => {
    for (const train of trains) {
      const bytes = await train(set, { seed: 1 });
      expect(openModel(withHead(bytes, (head) => (head["format"] = 2)))).rejects.toThrow("format 1");
      const oracle = withHead(bytes, (head) => Object.assign(head["about"] as object, { kind: "oracle" }));
      expect(openModel(oracle)).rejects.toThrow("about.kind");
      expect(openModel(changed(bytes, { inputs: "moon" }))).rejects.toThrow('Its inputs are "moon"');
      expect(openModel(changed(bytes, { settings: {} }))).rejects.toThrow(ModelFileError);
      expect(openModel(changed(bytes, { arrays: {} }))).rejects.toThrow(ModelFileError);
      const longer = withHead(bytes, (head) => {
        (head["arrays"] as { length: number }[])[0]!.length += 1_000_000;
      });
      expect(openModel(longer)).rejects.toThrow("ends within its array");
    }
  });

  test("the library of the LSTM is not loaded for others", async () => {
    // A process of its own: other tests may have loaded it here.
    const script = `
      const { openModel } = await import(${JSON.stringify(import.meta.resolve("./open-model.ts"))});
      const bytes = new Uint8Array(await Bun.stdin.arrayBuffer());
      await openModel(bytes);
      const loaded = [...Object.keys(require.cache)].some((file) => file.includes("tensorflow"));
      process.stdout.write(loaded || "_tfGlobals" in globalThis ? "loaded" : "not loaded");`;
    const bytes = await trainPersistence(set, { seed: 1 });
    const run = Bun.spawnSync([process.execPath, "-e", script], { stdin: bytes });
    expect(run.stdout.toString()).toBe("not loaded");
  });
});
