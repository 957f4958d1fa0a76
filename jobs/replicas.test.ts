/** Several replicas in one process, on one real PostgreSQL: what only one may do is done by one. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { HistoryUnavailableError } from "../src/core/errors.ts";
import { pause } from "../src/core/pause.ts";
import { systemClock } from "../src/core/time.ts";
import { openPostgresDuties, type Duties } from "../src/history/duties.ts";
import { openPostgresHistory } from "../src/history/postgres-history.ts";
import { freshDatabase, type TestDatabase } from "../test/postgres.ts";
import { alone } from "./alone.ts";
import { patient } from "./patient.ts";

let database: TestDatabase;
let duties: Duties;

beforeAll(async () => {
  database = await freshDatabase();
  const history = openPostgresHistory({ url: database.url, clock: systemClock });
  await history.migrate();
  await history.close();
  duties = openPostgresDuties({ url: database.url });
});
afterAll(async () => {
  await duties.close();
  await database.drop();
});

const until = async (what: () => boolean): Promise<void> => {
  for (let tries = 0; !what(); tries++) {
    expect(tries).toBeLessThan(1_000);
    await Bun.sleep(5);
  }
};

test("work without end has one worker at any time; when that dies, another goes on, and when it wakes it has stopped", async () => {
  const working = new Set<string>();
  let most = 0;
  const cut = new Set<string>();
  const replica = (holder: string): AbortController => {
    const stop = new AbortController();
    const service = alone(
      {
        name: "feed",
        async run(signal) {
          working.add(holder);
          most = Math.max(most, working.size);
          while (!signal.aborted) await pause(1_000, signal);
          working.delete(holder);
        },
      },
      {
        duties: {
          lease: (...args) =>
            cut.has(holder) ? Promise.reject(new HistoryUnavailableError("cut off")) : duties.lease(...args),
          release: (...args) =>
            cut.has(holder)
              ? Promise.reject(new HistoryUnavailableError("cut off"))
              : duties.release(...args),
        },
        holder,
        clock: systemClock,
        lease_ms: 400,
      },
    );
    void service.run(stop.signal);
    return stop;
  };
  const replicas = new Map(["a", "b", "c"].map((holder) => [holder, replica(holder)]));
  await until(() => working.size === 1);
  const [first] = working;
  cut.add(first!);
  await until(() => working.size === 1 && !working.has(first!));
  const [second] = working;
  replicas.get(second!)!.abort();
  await until(() => working.size === 1 && !working.has(second!));
  expect(most).toBe(1);
  for (const stop of replicas.values()) stop.abort();
  await until(() => working.size === 0);
});

/** A feed whose lease is answered as the test says. */
function feedOf(lease: (asked: number) => Promise<boolean>, lease_ms: number) {
  const seen = { begun: 0, running: false, stopped_ms: NaN };
  let asked = 0;
  const service = alone(
    {
      name: "feed",
      async run(signal) {
        seen.begun++;
        seen.running = true;
        while (!signal.aborted) await pause(60_000, signal);
        seen.running = false;
        seen.stopped_ms = performance.now();
      },
    },
    {
      duties: { lease: () => lease(++asked), release: () => Promise.resolve() },
      holder: "a",
      clock: systemClock,
      lease_ms,
    },
  );
  return { service, seen };
}

test("a holder whose server hangs stops before its lease ends, not when the server answers", async () => {
  const stop = new AbortController();
  const { service, seen } = feedOf(
    (asked) => (asked === 1 ? Promise.resolve(true) : new Promise(() => {})),
    1_000,
  );
  const began_ms = performance.now();
  const run = service.run(stop.signal);
  await until(() => seen.running);
  await until(() => !seen.running);
  // It beats at 250 ms and hears nothing; at 750 ms it is no longer sure. Never before.
  expect(seen.stopped_ms - began_ms).toBeGreaterThan(700);
  stop.abort();
  await run;
});

test("a holder that hears of another stops at that word, and begins anew when that one has gone", async () => {
  const stop = new AbortController();
  const { service, seen } = feedOf((asked) => Promise.resolve(asked !== 2), 400);
  const run = service.run(stop.signal);
  await until(() => seen.begun === 2);
  stop.abort();
  await run;
});

test("what the service throws is thrown, also while the server hangs", async () => {
  const service = alone(
    {
      name: "feed",
      run: () => pause(20, new AbortController().signal).then(() => Promise.reject(new TypeError("a fault"))),
    },
    {
      duties: { lease: () => Promise.resolve(true), release: () => Promise.resolve() },
      holder: "a",
      clock: systemClock,
    },
  );
  expect(await service.run(new AbortController().signal).catch(String)).toBe("TypeError: a fault");
});

test("a server that is away is waited for, and told of once; a fault is not", async () => {
  let tries = 0;
  const said: string[] = [];
  const away = ["no answer in 251 ms", "no answer in 252 ms", "the disk is full"];
  const service = patient(
    {
      name: "s",
      run: () => {
        const message = away[tries++];
        return message === undefined
          ? Promise.resolve()
          : Promise.reject(new HistoryUnavailableError(message));
      },
    },
    (message) => said.push(message),
  );
  await service.run(new AbortController().signal);
  expect([tries, said]).toEqual([4, ["no answer in 251 ms", "the disk is full"]]);
  const broken = patient({ name: "b", run: () => Promise.reject(new TypeError("a fault")) }, () => {});
  expect(await broken.run(new AbortController().signal).catch(String)).toBe("TypeError: a fault");
});
