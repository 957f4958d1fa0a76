/** A log that is away is still the same log: known from before, from the database, and not known only where it never was. */
import { expect, test } from "bun:test";
import { HistoryUnavailableError, LogUnavailableError } from "./core/errors.ts";
import { logIdentity } from "./log-identity.ts";

function scene(begun: unknown = null) {
  const at = { now_ms: 0, epoch: "one" as string | null, hangs: false, database: true, asked: 0 };
  let noted = begun;
  const duties = {
    begun: async () => {
      if (!at.database) throw new HistoryUnavailableError("away");
      return noted;
    },
    note: async (_: string, value: object | null) => {
      if (!at.database) throw new HistoryUnavailableError("away");
      noted = value;
    },
  };
  const log = {
    async epoch(): Promise<string> {
      at.asked++;
      if (at.hangs) return new Promise(() => {});
      if (at.epoch === null) throw new LogUnavailableError("Kafka is away");
      return at.epoch;
    },
  };
  const clock = { now: () => at.now_ms, monotonic: () => at.now_ms };
  return { at, identity: logIdentity({ log, duties, clock }), noted: () => noted };
}

test("it is asked once in two seconds, however many want it, and noted", async () => {
  const { at, identity, noted } = scene();
  expect(await Promise.all([identity(), identity(), identity()])).toEqual(["one", "one", "one"]);
  await identity();
  expect([at.asked, noted()]).toEqual([1, { epoch: "one" }]);
});

test("a process that starts while the log is away, or hangs, knows it from the database", async () => {
  const { at, identity } = scene({ epoch: "before" });
  at.epoch = null;
  expect(await identity()).toBe("before");
  const other = scene({ epoch: "before" });
  other.at.hangs = true;
  expect(await other.identity()).toBe("before");
});

test("another log is noticed and noted; a database that is away keeps nobody from the log's answer", async () => {
  const { at, identity, noted } = scene({ epoch: "before" });
  expect([await identity(), noted()]).toEqual(["one", { epoch: "one" }]);
  const other = scene();
  other.at.database = false;
  expect(await other.identity()).toBe("one");
  at.now_ms = 10_000;
  at.epoch = null;
  expect(await identity()).toBe("one");
});

test("a log that nobody has ever known is waited for", async () => {
  const { at, identity } = scene();
  at.epoch = null;
  expect(await identity().catch((error: unknown) => error)).toBeInstanceOf(LogUnavailableError);
  at.epoch = "one";
  expect(await identity()).toBe("one");
});
