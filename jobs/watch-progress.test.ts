/** Case 7: a consumer whose handler never returns ends its process, with a last line that names it. */
import { expect, test } from "bun:test";
import { systemClock, minutes } from "../src/core/time.ts";
import { LogUnavailableError } from "../src/core/errors.ts";
import { openMemoryLog } from "../src/log/memory-log.ts";
import { supervise, StuckError, type Service } from "./service.ts";
import type { Held } from "../src/log/progress-watch.ts";
import { watchProgress } from "./watch-progress.ts";

const TOPIC = "numbers";

async function scene(onBatch: () => Promise<void>) {
  const log = openMemoryLog({ clock: systemClock });
  await log.createTopics([{ topic: TOPIC, partitions: 1, retention_ms: minutes(60) }]);
  const at = { position: null as number | null, away: false, own_records: false };
  const consumer: Service = {
    name: "reader",
    async run(signal) {
      const reading = await log.consume({
        topics: [TOPIC],
        group: "g",
        onBatch: async (batch) => {
          await onBatch();
          at.position = batch.next_offset;
        },
      });
      signal.addEventListener("abort", () => void reading.close());
      await reading.done;
    },
  };
  const held = (): Held[] => [{ consumer: "reader", topic: TOPIC, partition: 0, position: at.position }];
  const watch = watchProgress({
    log: {
      ends: (topics) => (at.away ? Promise.reject(new LogUnavailableError("away")) : log.ends(topics)),
      read: (...asked) => (at.own_records ? Promise.resolve([]) : log.read(...asked)),
    },
    topics: [TOPIC],
    held,
    clock: systemClock,
    stuck_ms: 300,
    every_ms: 20,
  });
  const stop = new AbortController();
  const crashes: string[] = [];
  const running = supervise([consumer, watch], {
    clock: systemClock,
    signal: stop.signal,
    restarts_max: 5,
    window_ms: minutes(10),
    backoff_ms: 1,
    backoff_ms_max: 1,
    onCrash: (name) => crashes.push(name),
  });
  const failed = running.then(
    () => null,
    (error: unknown) => error,
  );
  const send = (): Promise<unknown> => log.append(TOPIC, [{ key: "a", value: Buffer.from("{}") }]);
  return { log, at, send, stop, failed, crashes };
}

const late = (ms: number): Promise<"still running"> => Bun.sleep(ms).then(() => "still running" as const);

test("a handler that never returns is found by its lack of progress, and no restart is tried", async () => {
  const { send, failed, crashes } = await scene(() => new Promise(() => {}));
  await send();
  const error = await Promise.race([failed, late(5_000)]);
  expect(error).toBeInstanceOf(StuckError);
  expect(String(error)).toMatch(
    /reader is stuck: numbers partition 0 is 1 events behind and has not moved for \d+ s/,
  );
  expect(crashes).toEqual([]);
});

test("one that idles, or works, or waits for a log that is away, is left alone", async () => {
  const { send, at, stop, failed, log } = await scene(() => Bun.sleep(20));
  for (let n = 0; n < 20; n++) {
    await send();
    await Bun.sleep(20);
  }
  expect(await Promise.race([failed, late(500)])).toBe("still running");
  at.away = true;
  at.position = null;
  expect(await Promise.race([failed, late(500)])).toBe("still running");
  stop.abort();
  expect(await failed).toBeNull();
  await log.close();
});

test("one that stands before nothing but the log's own records is left alone", async () => {
  const { send, at, stop, failed } = await scene(() => new Promise(() => {}));
  at.own_records = true;
  await send();
  expect(await Promise.race([failed, late(700)])).toBe("still running");
  at.own_records = false;
  expect(await Promise.race([failed, late(5_000)])).toBeInstanceOf(StuckError);
  stop.abort();
});
