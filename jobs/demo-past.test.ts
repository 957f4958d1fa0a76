/** Who waits for the demo's past, and for how long. */
import { expect, test } from "bun:test";
import { minutes } from "../src/core/time.ts";
import { demoPast } from "./demo-past.ts";

/** A clock that goes on by five minutes with each look. */
function scene(notes: readonly unknown[]) {
  let looks = 0;
  const told: unknown[] = [];
  return {
    told,
    looks: () => looks,
    options: {
      duties: { begun: () => Promise.resolve(notes[Math.min(looks++, notes.length - 1)]) },
      clock: { monotonic: () => looks * minutes(5) },
      look_ms: 0,
    },
    progress: (...words: unknown[]) => void told.push(words),
  };
}

test("waits as long as the past is written, piece by piece, and no longer", async () => {
  const notes = [...Array.from({ length: 20 }, (_, hour) => ({ begun: { hour } })), null];
  const { options, progress, told, looks } = scene(notes);
  await demoPast(options, { signal: new AbortController().signal, progress });
  expect([looks(), told.length]).toEqual([21, 20]);
});

test("a past that was begun and never goes on, as its demo was stopped for good, is not waited for after a quarter of an hour", async () => {
  const { options, progress, looks } = scene([{ begun: { hour: 1 } }]);
  await demoPast(options, { signal: new AbortController().signal, progress });
  expect(looks()).toBe(5);
});

test("ends with the run", async () => {
  const { options, progress } = scene([{ begun: null }]);
  const run = new AbortController();
  run.abort(new Error("stopped"));
  const ended = await demoPast(options, { signal: run.signal, progress }).then(
    () => "done",
    (error: Error) => error.message,
  );
  expect(ended).toBe("stopped");
});
