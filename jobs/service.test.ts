import { describe, expect, test } from "bun:test";
import { systemClock } from "../src/core/time.ts";
import { pause } from "../src/core/pause.ts";
import { repeat, RestartBudgetError, supervise, type Service, type SupervisorOptions } from "./service.ts";

const options = (signal: AbortSignal, extra: Partial<SupervisorOptions> = {}): SupervisorOptions => ({
  clock: systemClock,
  signal,
  restarts_max: 3,
  window_ms: 60_000,
  backoff_ms: 1,
  backoff_ms_max: 4,
  onCrash: () => {},
  ...extra,
});

describe("supervise()", () => {
  test("restarts a service that crashes, and ends with it when it is done", async () => {
    let runs = 0;
    const service: Service = {
      name: "flaky",
      run: () => (++runs < 3 ? Promise.reject(new Error("once more")) : Promise.resolve()),
    };
    await supervise([service], options(new AbortController().signal));
    expect(runs).toBe(3);
  });

  test("gives up once the budget is spent, naming the service and the last error", async () => {
    const left: number[] = [];
    const service: Service = { name: "broken", run: () => Promise.reject(new Error("disk is gone")) };
    const run = supervise(
      [service],
      options(new AbortController().signal, { onCrash: (_name, _error, n) => left.push(n) }),
    );
    expect(run).rejects.toThrow(
      new RestartBudgetError("broken crashed 4 times within 1 min; the last time: disk is gone"),
    );
    await run.catch(() => {});
    expect(left).toEqual([2, 1, 0, 0]);
  });

  test("crashes outside the window are forgotten", async () => {
    let now = 0;
    let runs = 0;
    const clock = { now: () => now, monotonic: () => now };
    const service: Service = {
      name: "rare",
      run: () => {
        now += 61_000;
        return ++runs < 10 ? Promise.reject(new Error("rare")) : Promise.resolve();
      },
    };
    await supervise([service], options(new AbortController().signal, { clock }));
    expect(runs).toBe(10);
  });

  test("an abort during the backoff ends it at once, without an error", async () => {
    const stop = new AbortController();
    const service: Service = { name: "slow", run: () => Promise.reject(new Error("no")) };
    const run = supervise([service], options(stop.signal, { backoff_ms: 60_000, backoff_ms_max: 60_000 }));
    setTimeout(() => stop.abort(), 5);
    await run;
    expect(stop.signal.aborted).toBe(true);
  });
});

describe("repeat()", () => {
  test("works until the abort, one piece at a time", async () => {
    const stop = new AbortController();
    let running = 0;
    let times = 0;
    await repeat(0, stop.signal, async () => {
      expect(++running).toBe(1);
      await pause(1, stop.signal);
      running--;
      if (++times === 5) stop.abort();
    });
    expect(times).toBe(5);
  });
});
