/** A pool that closes leaves nobody waiting, and opens nothing. */
import { expect, test } from "bun:test";
import { HistoryUnavailableError } from "../core/errors.ts";
import { WriterPool } from "./writer.ts";

const pool = (): WriterPool =>
  new WriterPool(
    () => {
      throw new Error("nothing here opens a connection");
    },
    1,
    true,
  );

const errorOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

test("close rejects those who wait for a slot, while another still works in it", async () => {
  const writers = pool();
  const held = Promise.withResolvers<string>();
  const holder = writers.use("hold", () => held.promise);
  let ran = 0;
  const waiting = ["one", "two"].map((what) => errorOf(writers.use(what, async () => ran++)));
  await writers.close();
  const errors = await Promise.all(waiting);
  for (const error of errors) expect(error).toBeInstanceOf(HistoryUnavailableError);
  expect(errors.map(String)).toEqual([
    expect.stringContaining("Cannot one: history is closed"),
    expect.stringContaining("Cannot two: history is closed"),
  ]);
  held.resolve("done");
  expect(await holder).toBe("done");
  expect(await errorOf(writers.use("late", async () => ran++))).toBeInstanceOf(HistoryUnavailableError);
  expect(ran).toBe(0);
});

test("those who wait get the slot in their order", async () => {
  const writers = pool();
  const order: number[] = [];
  await Promise.all([1, 2, 3].map((n) => writers.use("write", async () => order.push(n))));
  expect(order).toEqual([1, 2, 3]);
  await writers.close();
});
