import { describe, expect, test } from "bun:test";
import { LiveUnavailableError } from "../core/errors.ts";
import { traffic } from "../streams/traffic.ts";
import { liveLaws, testLive, type OpenLive } from "./conformance.ts";
import type { LiveRow, LiveStore } from "./live-store.ts";
import { openMemoryLive } from "./memory-live.ts";

const open: OpenLive = async (options) => openMemoryLive(options);

testLive("in process", open, { keys_max: true });

/** A store whose methods are partly replaced by faulty ones. */
const planted =
  (fault: (inner: LiveStore) => Partial<LiveStore>): OpenLive =>
  async (options) => {
    const inner = await open(options);
    const right: LiveStore = {
      put: (...args) => inner.put(...args),
      all: (...args) => inner.all(...args),
      get: (...args) => inner.get(...args),
      applied: (...args) => inner.applied(...args),
      expire: (...args) => inner.expire(...args),
      clear: (...args) => inner.clear(...args),
      close: () => inner.close(),
    };
    return { ...right, ...fault(inner) };
  };

const pause = (): Promise<void> => new Promise((done) => setImmediate(done));

async function broken(open_faulty: OpenLive): Promise<string[]> {
  const names: string[] = [];
  for (const law of liveLaws) {
    if (law.needs === undefined) await law.holds(open_faulty).catch(() => names.push(law.name));
  }
  return names;
}

describe("planted faults break the suite", () => {
  const order = "any order and any batching of puts gives the newest of each key";
  const ahead = "applied is never ahead of the rows, for whoever reads meanwhile";

  test("the wrapper by itself breaks nothing", async () => {
    expect(await broken(planted(() => ({})))).toEqual([]);
  });

  test("last write by arrival", async () => {
    const faulty = planted(() => {
      const rows = new Map<string, LiveRow>();
      return {
        put: async (stream, put) => {
          for (const row of put) rows.set(`${stream.name} ${row.key}`, row);
          return { written: put.length, stale: 0 };
        },
        all: async (stream) => ({
          rows: [...rows].filter(([id]) => id.startsWith(`${stream.name} `)).map(([, row]) => row),
          applied: [],
        }),
        get: async (stream, key) => rows.get(`${stream.name} ${key}`) ?? null,
      };
    });
    expect(await broken(faulty)).toContain(order);
  });

  test("applied written before the data", async () => {
    const faulty = planted((inner) => ({
      put: async (stream, rows, applied) => {
        await inner.put(stream, [], applied);
        await pause();
        return inner.put(stream, rows, []);
      },
    }));
    expect(await broken(faulty)).toContain(ahead);
  });

  test("applied read after the data", async () => {
    const faulty = planted((inner) => ({
      all: async (stream) => {
        const { rows } = await inner.all(stream);
        await pause();
        return { rows, applied: await inner.applied(stream) };
      },
      put: async (...args) => {
        await pause();
        return inner.put(...args);
      },
    }));
    expect(await broken(faulty)).toContain(ahead);
  });

  test("TTL from arrival", async () => {
    const faulty = planted((inner) => ({
      put: (stream, rows, applied) =>
        inner.put({ ...stream, live: { ...stream.live!, ttl_ms: 1e12 } }, rows, applied),
    }));
    expect(await broken(faulty)).toContain("a row whose TTL is over on arrival is stale");
  });
});

test("what was dropped to make room is counted", async () => {
  const now_ms = Date.UTC(2026, 10, 21);
  const store = openMemoryLive({ clock: { now: () => now_ms, monotonic: () => 0 }, keys_max: 2 });
  const row = (key: string): LiveRow => ({
    key,
    event_time_ms: now_ms,
    partition: 0,
    offset: 0,
    source: "t",
    row: {},
  });
  await store.put(traffic, ["a", "b", "c", "d"].map(row), []);
  expect(store.evicted(traffic)).toBe(2);
});

test("a closed store is unavailable, and a stream without a live view is refused", async () => {
  const store = openMemoryLive({ clock: { now: () => 0, monotonic: () => 0 } });
  expect(store.all({ ...traffic, live: null })).rejects.toThrow(TypeError);
  await store.close();
  expect(store.all(traffic)).rejects.toThrow(LiveUnavailableError);
});
