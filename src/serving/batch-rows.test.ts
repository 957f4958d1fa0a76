import { expect, test } from "bun:test";
import { HistoryUnavailableError } from "../core/errors.ts";
import type { RawRow } from "../history/history-store.ts";
import { traffic } from "../streams/traffic.ts";
import { BatchRows } from "./batch-rows.ts";

/** A history whose reads take as long as told, by a clock moved by hand. */
function slow(takes_ms: number) {
  const state = { ms: 0, reads: 0, away: false };
  const clock = { now: () => state.ms, monotonic: () => state.ms };
  const history = {
    applied: async () => ({ traffic: [7] }),
    latest: async (): Promise<RawRow[]> => {
      state.reads++;
      if (state.away) throw new HistoryUnavailableError("away");
      await Promise.resolve();
      state.ms += takes_ms;
      return [];
    },
  };
  return { state, batch: new BatchRows(history, clock, 250) };
}

test("however many ask, history is read once a tick", async () => {
  const { state, batch } = slow(10);
  const all = await Promise.all(Array.from({ length: 100 }, () => batch.get(traffic)));
  expect([state.reads, all[99]!.position[0]]).toEqual([1, 7]);
  state.ms += 249;
  await batch.get(traffic);
  expect(state.reads).toBe(1);
  state.ms += 1;
  await batch.get(traffic);
  expect(state.reads).toBe(2);
});

test("what took long is kept for longer, but no longer than a second", async () => {
  const { state, batch } = slow(120);
  await batch.get(traffic);
  state.ms += 599;
  await batch.get(traffic);
  expect(state.reads).toBe(1);
  state.ms += 1;
  await batch.get(traffic);
  expect(state.reads).toBe(2);

  const slower = slow(2_000);
  await slower.batch.get(traffic);
  slower.state.ms += 1_000;
  await slower.batch.get(traffic);
  expect(slower.state.reads).toBe(2);
});

test("a read that failed is not kept", async () => {
  const { state, batch } = slow(1);
  state.away = true;
  expect(batch.get(traffic)).rejects.toThrow(HistoryUnavailableError);
  state.away = false;
  expect((await batch.get(traffic)).rows).toEqual([]);
});
