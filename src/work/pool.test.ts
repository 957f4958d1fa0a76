/** Tasks in workers: what they return, ask, and how they fail. */
import { expect, test } from "bun:test";
import { HistoryUnavailableError } from "../core/errors.ts";
import { createPool } from "./pool.ts";

const module = new URL("./task.fixture.ts", import.meta.url);

test("a task returns, asks and waits for each answer; what the answer throws is thrown", async () => {
  const pool = createPool();
  const asked: number[] = [];
  const onAsk = async (n: number): Promise<number> => {
    asked.push(n);
    await Promise.resolve();
    return 10 * n;
  };
  expect(await pool.run<number, number>({ module, input: { sum: 4 }, onAsk })).toBe(60);
  expect(asked).toEqual([0, 1, 2, 3]);
  const refuse = (): never => {
    throw new RangeError("enough");
  };
  expect(pool.run({ module, input: { sum: 4 }, onAsk: refuse })).rejects.toThrow("enough");
  await pool.run({ module, input: { sum: 0 } });
});

test("an error keeps its name, a server that is away is told as such, and a worker that ends is noticed", async () => {
  const pool = createPool();
  const said = (input: object): Promise<unknown> =>
    pool.run({ module, input }).then(
      () => null,
      (error: unknown) => error,
    );
  expect(String(await said({ fail: "RangeError" }))).toBe("RangeError: as asked");
  expect(await said({ fail: "HistoryUnavailableError" })).toBeInstanceOf(HistoryUnavailableError);
  expect(String(await said({ exit: true }))).toContain("ended in the middle");
});

test("no more tasks at once than there are workers; a stop ends one that would never end", async () => {
  const pool = createPool(1);
  const stop = new AbortController();
  let [begun, other] = [false, false];
  const first = pool.run({
    module,
    input: { hang: true },
    signal: stop.signal,
    onAsk: () => void (begun = true),
  });
  const second = pool.run({ module, input: { sum: 1 }, onAsk: () => ((other = true), 1) });
  while (!begun) await Bun.sleep(5);
  expect(other).toBe(false);
  stop.abort(new Error("stopped"));
  expect(first).rejects.toThrow("stopped");
  expect(await second).toBe(1);
  expect(other).toBe(true);
});
