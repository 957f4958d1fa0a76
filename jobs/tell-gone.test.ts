/** A replica that has heard nothing of a key, and does not take it out of the live view, tells its clients all the same. */
import { expect, test } from "bun:test";
import { LiveUnavailableError } from "../src/core/errors.ts";
import type { RawRow } from "../src/history/history-store.ts";
import type { LiveRow } from "../src/live/live-store.ts";
import { createHub } from "../src/push/hub.ts";
import { traffic } from "../src/streams/traffic.ts";
import { tellGone } from "./tell-gone.ts";

const TTL_MS = traffic.live!.ttl_ms;
const row = (key: string, event_time_ms: number): RawRow => ({
  key,
  event_time_ms,
  partition: 0,
  offset: 0,
  source: "s",
  event_id: key,
  received_at_ms: event_time_ms,
  row: {},
});

async function toldOf(live: () => Promise<readonly LiveRow[]>, known: readonly RawRow[]) {
  let now_ms = 0;
  const clock = { now: () => now_ms, monotonic: () => performance.now() };
  const hub = createHub({ streams: [traffic], clock, epoch: "e" });
  const told: string[] = [];
  hub.subscribe(
    { filter: { streams: [traffic], bbox: null, keys: new Map() }, tick_ms: 50 },
    {
      write(bytes) {
        told.push(
          ...new TextDecoder()
            .decode(bytes)
            .matchAll(/"keys":(\[.*?\])/g)
            .map((m) => m[1]!),
        );
        return bytes.length;
      },
      close() {},
    },
  );
  const stop = new AbortController();
  const running = tellGone({
    streams: [traffic],
    live: { all: async () => ({ rows: await live(), applied: [] }) },
    history: { latest: async () => known },
    hub,
    clock,
    every_ms: 5,
  }).run(stop.signal);
  const until = async (count: number): Promise<void> => {
    while (told.length < count) await Bun.sleep(5);
  };
  return { told, until, running, at: (ms: number) => (now_ms = ms), close: () => hub.close() };
}

for (const [what, live] of [
  ["as the live view shows", () => Promise.resolve([row("b", 2_000), row("a", 1_000)])],
  ["as history knows them while the live view is empty", () => Promise.resolve([])],
  [
    "as history knows them while the live view is away",
    () => Promise.reject(new LiveUnavailableError("away")),
  ],
] as const) {
  test(`keys of before are told gone when their time is over, once, ${what}; then there is no more to do`, async () => {
    const scene = await toldOf(live, [row("a", 1_000), row("b", 2_000)]);
    await Bun.sleep(30);
    expect(scene.told).toEqual([]);
    scene.at(1_000 + TTL_MS);
    await scene.until(1);
    scene.at(2_000 + TTL_MS);
    await scene.running;
    await scene.until(2);
    expect(scene.told).toEqual(['["a"]', '["b"]']);
    await scene.close();
  });
}
