/** The canary goes the real way, and says where it did not arrive. */
import { afterEach, describe, expect, test } from "bun:test";
import { LiveUnavailableError, ProblemError } from "../src/core/errors.ts";
import { systemClock } from "../src/core/time.ts";
import type { CanaryTurn } from "../src/serving/delivery.ts";
import { canary as stream } from "../src/streams/canary.ts";
import { observed, type Observed } from "../test/observed.ts";
import { canary, type CanaryOptions } from "./canary.ts";

let bed: Observed;
afterEach(() => bed.stop());

/** The first turns of a canary on the bed. */
async function turns(n: number, more: Partial<CanaryOptions> = {}): Promise<CanaryTurn[]> {
  const { door, history, live, hub } = bed;
  const abort = new AbortController();
  const told: CanaryTurn[] = [];
  await canary({
    stream,
    door,
    history,
    live,
    hub,
    clock: systemClock,
    every_ms: 100,
    onTurn(turn) {
      told.push(turn);
      if (told.length === n) abort.abort();
    },
    ...more,
  }).run(abort.signal);
  return told;
}

describe("the canary", () => {
  test("arrives at every hop, is stored once, and leaves no client behind", async () => {
    bed = await observed({ clock: systemClock });
    const told = await turns(3);
    expect(told).toHaveLength(3);
    for (const { took_ms, sent_at_ms } of told) {
      for (const ms of Object.values(took_ms)) {
        expect(ms).toBeGreaterThanOrEqual(0);
        expect(ms).toBeLessThan(5_000);
      }
      expect(took_ms.log).toBeLessThanOrEqual(took_ms.history ?? -1);
      expect(Math.abs(Date.now() - sent_at_ms)).toBeLessThan(30_000);
    }
    const [ledger] = await bed.history.ledger(stream);
    expect(ledger).toMatchObject({ consumed: 3, stored: 3, duplicate: 0, dead: 0 });
    expect(bed.hub.stats().clients).toBe(0);
  });

  test("is missed at the hop that does not have it, and at no other", async () => {
    bed = await observed({
      clock: systemClock,
      live: (live) => ({
        ...live,
        put: () => Promise.reject(new LiveUnavailableError("away")),
        get: () => Promise.reject(new LiveUnavailableError("away")),
        all: (s) => live.all(s),
        applied: (s) => live.applied(s),
        expire: (s) => live.expire(s),
        close: () => live.close(),
      }),
    });
    const [turn] = await turns(1, { wait_ms: 4_000 });
    expect(turn?.took_ms.live).toBeNull();
    expect(turn?.took_ms.log).not.toBeNull();
    expect(turn?.took_ms.history).not.toBeNull();
    expect(turn?.took_ms.sse).not.toBeNull();
  });

  test("a door and a store that hang hold it up no longer than its deadline", async () => {
    bed = await observed({ clock: systemClock });
    const never = new Promise<never>(() => {});
    const start = performance.now();
    const [turn] = await turns(1, { wait_ms: 300, door: { accept: () => never } });
    expect(turn?.took_ms).toEqual({ log: null, history: null, live: null, sse: null });
    const [hung] = await turns(1, { wait_ms: 300, history: { applied: () => never } });
    expect(hung?.took_ms.history).toBeNull();
    expect(hung?.took_ms.sse).not.toBeNull();
    expect(performance.now() - start).toBeLessThan(15_000);
  });

  test("a hub that is full is a hop that is missed, not a crash", async () => {
    bed = await observed({ clock: systemClock });
    const hub = {
      subscribe() {
        throw new ProblemError({ name: "unavailable", detail: "full" });
      },
    };
    const [turn] = await turns(1, { wait_ms: 4_000, hub });
    expect(turn?.took_ms.sse).toBeNull();
    expect(turn?.took_ms.history).not.toBeNull();
    expect(turn?.took_ms.live).not.toBeNull();
  });

  test("ends at once when it is told to", async () => {
    bed = await observed({ clock: systemClock });
    const { door, history, live, hub } = bed;
    const abort = new AbortController();
    const running = canary({ stream, door, history, live, hub, clock: systemClock, onTurn: () => {} }).run(
      abort.signal,
    );
    abort.abort();
    await running;
    expect(hub.stats().clients).toBe(0);
  });
});
