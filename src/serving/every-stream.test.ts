/** What follows from a declaration alone, of every stream: lists, raw rows, windows with their steps, coverage. */
import { describe, expect, test } from "bun:test";
import { exampleRows } from "../../test/example-rows.ts";
import { streamScene } from "../../test/stream-scene.ts";
import { formatInstant, hours } from "../core/time.ts";
import { streams } from "../streams/index.ts";
import type { Step } from "./answer.ts";

const steps: readonly (readonly [Step, number])[] = [
  ["1m", 60_000],
  ["5m", 300_000],
  ["15m", 900_000],
  ["1h", 3_600_000],
  ["1d", 86_400_000],
];

describe.each(streams)("$name", (stream) => {
  async function filled() {
    const scene = streamScene(streams);
    const at_ms = scene.clock.ms - stream.expected_period_ms / 2;
    const [first, second] = exampleRows(stream, ["k1", "k2"], formatInstant(at_ms));
    const rejects = await scene.send(stream, [first!, second!, { ...first!, [stream.identity]: "again" }]);
    expect(rejects).toEqual([]);
    return { ...scene, key: String(first![stream.key]) };
  }
  const range = (now_ms: number) => ({ from_ms: now_ms - hours(24), to_ms: now_ms + 1, limit: 100 });

  test("its events are read raw, and now where it has a live view", async () => {
    const { serving, clock, key } = await filled();
    const { data, meta } = await serving.data(stream, { ...range(clock.ms), key: keyOf(key) });
    expect(data.length).toBeGreaterThan(0);
    expect(meta).toMatchObject({ layer: "batch", stale: false });
    if (stream.open_keys) expect(meta.coverage).toBe(1);
    if (stream.live === null) return;
    const now = await serving.shared(stream);
    expect(now.answer.meta).toMatchObject({ layer: "speed", stale: false });
    if (stream.open_keys) expect(now.answer.meta.coverage).toBe(1);
    expect((await serving.one(stream, keyOf(key))).data[stream.key]).toBe(keyOf(key));
  });
  const keyOf = (key: string): string => (stream.fields[stream.key]!.derived ? "test" : key);

  if (stream.windows !== null) {
    test("its windows are read by each step that they can make, and by no other", async () => {
      const { serving, clock, key } = await filled();
      for (const [step, size_ms] of steps) {
        const asked = serving.windows(stream, key, {
          ...range(clock.ms),
          from_ms: clock.ms - hours(48),
          to_ms: clock.ms + hours(24),
          step,
        });
        if (size_ms < stream.windows!.size_ms) {
          expect(
            await asked.then(
              () => "answered",
              () => "refused",
            ),
          ).toBe("refused");
          continue;
        }
        const { data, meta } = await asked;
        const n = data.reduce((sum, row) => sum + Number(row["n"]), 0);
        expect([step, n]).toEqual([step, 2]);
        if (stream.open_keys) expect(meta.coverage).toBe(1);
      }
    });
  }
});
