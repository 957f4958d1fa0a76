import { expect, test } from "bun:test";
import { demo } from "../src/cities/demo/index.ts";
import { days, hours, minutes, parseInstant, systemClock } from "../src/core/time.ts";
import type { Stream } from "../src/core/stream.ts";
import type { DoorOptions, DoorResult } from "../src/sources/door.ts";
import { makersOf, type Maker } from "../src/sources/simulator/index.ts";
import { seedHistory, type SeedProgress } from "./seed-history.ts";
import { seedOnce } from "./seed-once.ts";
import { planOf, spanOf } from "./seed-plan.ts";
import { makeSlowly } from "./simulate.ts";

const makers = makersOf(demo(), 1);
const to_ms = Date.UTC(2026, 10, 20, 8, 20);
const span = { from_ms: to_ms - days(1), to_ms };
const named = (name: string): Maker => makers.find(({ stream }) => stream.name === name)!;
const taken: DoorResult = { accepted: 0, rejected: 0, rejects: [], applied: new Map() };
const never = new AbortController().signal;

/** Keeps what is handed in, call by call. */
class KeepingDoor {
  readonly calls: { stream: string; events: readonly Record<string, unknown>[]; options: DoorOptions }[] = [];
  accept(stream: Stream, values: readonly unknown[], options: DoorOptions): Promise<DoorResult> {
    this.calls.push({ stream: stream.name, events: values as readonly Record<string, unknown>[], options });
    return Promise.resolve(taken);
  }
}

test("each source goes as far back as its pages look: air and weather two days, vehicles half an hour, the rest one", () => {
  const reach = (name: string): number => to_ms - spanOf(named(name), span)[0];
  expect(reach("traffic")).toBe(days(1));
  expect(reach("transactions")).toBe(days(1));
  expect(reach("emergencies")).toBe(days(1));
  expect(reach("readings")).toBe(days(2));
  expect(reach("weather")).toBe(days(2));
  expect(reach("vehicles")).toBe(minutes(30));
});

test("the newest hour of all sources comes first, in the order of the sources, and no piece leaves its hour", () => {
  const plan = planOf(makers, span).filter(({ maker }) => !maker.past.in_order);
  const names = makers.map(({ stream }) => stream.name);
  for (let i = 1; i < plan.length; i++) {
    const [a, b] = [plan[i - 1]!, plan[i]!];
    expect(
      a.hour > b.hour ||
        (a.hour === b.hour && names.indexOf(a.maker.stream.name) < names.indexOf(b.maker.stream.name)),
    ).toBe(true);
  }
  for (const { hour, spans } of plan)
    for (const [from_ms] of spans) expect(Math.floor(from_ms / hours(1))).toBe(hour);
  for (const name of ["transactions", "emergencies"]) {
    const spans = planOf([named(name)], span)
      .flatMap((piece) => piece.spans)
      .toSorted((a, b) => a[0] - b[0]);
    expect(spans[0]![0]).toBe(span.from_ms);
    expect(spans.at(-1)![1]).toBe(to_ms);
    for (let i = 1; i < spans.length; i++) expect(spans[i]![0]).toBe(spans[i - 1]![1]);
  }
});

test("no state of an emergency is written after a later one: it would look open for a day", async () => {
  const door = new KeepingDoor();
  const from_ms = to_ms - hours(3);
  await seedHistory({
    makers: [named("emergencies")],
    door,
    clock: systemClock,
    from_ms,
    to_ms,
    signal: never,
  });
  const last = new Map<unknown, string>();
  const events = door.calls.flatMap((call) => call.events);
  expect(events.length).toBeGreaterThan(30);
  for (const { emergency_id, timestamp } of events) {
    expect(String(timestamp) > (last.get(emergency_id) ?? "")).toBe(true);
    last.set(emergency_id, String(timestamp));
  }
});

test("an hour of the whole city is written as backfill, near what was foretold, and its progress ends at its end", async () => {
  const door = new KeepingDoor();
  const seen: SeedProgress[] = [];
  const some = makers.filter(({ stream }) => stream.name !== "vehicles");
  const from_ms = to_ms - hours(1);
  const planned = planOf(some, { from_ms, to_ms }).reduce((sum, piece) => sum + piece.events, 0);
  const done = await seedHistory({
    makers: some,
    door,
    clock: systemClock,
    from_ms,
    to_ms,
    signal: never,
    rate_events_per_s: 1e6,
    onProgress: (progress) => seen.push(progress),
  });
  expect(done / planned).toBeGreaterThan(0.7);
  expect(done / planned).toBeLessThan(1.3);
  expect(seen.at(-1)).toEqual({ done, total: done, eta_s: 0 });
  expect(new Set(door.calls.map(({ stream }) => stream)).size).toBe(some.length);
  for (const { stream, events, options } of door.calls) {
    expect(options).toEqual({ source: "simulator", backfill: true });
    const { event_time, zoneless } = named(stream).stream;
    for (const event of events)
      expect(parseInstant(String(event[event_time]), zoneless)!).toBeLessThan(to_ms);
  }
});

/** Seeds once, over streams that have keys already; stopped after so many calls of the door. */
async function seedOver(
  filled: readonly string[],
  begun: unknown,
  { raw_from_ms = -Infinity, calls_max = Infinity } = {},
): Promise<{ written: string[]; notes: unknown[]; calls: KeepingDoor["calls"] }> {
  const stop = new AbortController();
  const kept = new KeepingDoor();
  const door: Pick<KeepingDoor, "accept"> = {
    accept(...call) {
      if (kept.calls.length + 1 >= calls_max) stop.abort();
      return kept.accept(...call);
    },
  };
  const notes: unknown[] = [];
  const service = await seedOnce({
    makers: ["weather", "readings", "transactions"].map(named),
    door,
    clock: { now: () => to_ms, monotonic: () => performance.now() },
    hours: 1,
    rate_events_per_s: 1e6,
    onProgress: () => {},
    rawFrom: () => raw_from_ms,
    duties: {
      begun: () => Promise.resolve(begun),
      note: (_, value) => Promise.resolve(void notes.push(value)),
    },
    history: {
      keys: (stream) => Promise.resolve(filled.includes(stream.name) ? ["one"] : []),
      ensurePartitions: () => Promise.resolve(),
    },
  });
  await service?.run(stop.signal);
  const written = [...new Set(kept.calls.map(({ stream }) => stream))].sort();
  return { written, notes, calls: kept.calls };
}

test("only streams that are empty get a past; where it was stopped, the same streams get the same span again", async () => {
  expect((await seedOver([], null)).written).toEqual(["readings", "transactions", "weather"]);
  const some = await seedOver(["readings"], null);
  expect(some.written).toEqual(["transactions", "weather"]);
  expect(some.notes[0]).toEqual({
    from_ms: to_ms - hours(1),
    to_ms,
    streams: ["weather", "transactions"],
    begun: null,
  });
  expect(some.notes.at(-1)).toBeNull();
  expect(await seedOver(["readings", "weather", "transactions"], null)).toEqual({
    written: [],
    notes: [],
    calls: [],
  });
  const unfinished = { from_ms: to_ms - hours(3), to_ms: to_ms - hours(2), streams: ["weather"] };
  const again = await seedOver(["readings", "weather", "transactions"], unfinished);
  expect(again.written).toEqual(["weather"]);
  expect(again.notes[0]).toEqual({ ...unfinished, begun: null });
});

test("of hours whose raw rows are gone nothing is written twice, however often it is stopped, and nothing is left out", async () => {
  const raw_from_ms = Math.floor(to_ms / hours(1) - 1) * hours(1);
  const ids = ({ calls }: { calls: KeepingDoor["calls"] }): string[] =>
    calls.flatMap(({ stream, events }) => {
      const { event_time, identity, zoneless } = named(stream).stream;
      return events
        .filter((event) => parseInstant(String(event[event_time]), zoneless)! < raw_from_ms)
        .map((event) => `${stream} ${String(event[identity])}`);
    });
  const all = ids(await seedOver([], null));
  for (let first = 2; first <= 8; first++) {
    const stopped = await seedOver([], null, { raw_from_ms, calls_max: first });
    const again = await seedOver([], stopped.notes.at(-1), { raw_from_ms, calls_max: 4 });
    const whole = await seedOver([], again.notes.at(-1), { raw_from_ms });
    const written = [stopped, again, whole].flatMap(ids);
    expect(new Set(written).size).toBe(written.length);
    expect(whole.notes.at(-1)).toBeNull();
    // Pieces that were stopped once they were written are whole: nothing is missing.
    expect(written.toSorted()).toEqual(all.toSorted());
  }
});

test("who makes events gives others their turn", async () => {
  const busy = (ms: number): void => {
    const begun = performance.now();
    while (performance.now() - begun < ms);
  };
  const slow: Maker = {
    ...named("weather"),
    slice_ms: 1_000,
    between(from_ms, end_ms) {
      busy(4);
      return named("weather").between(from_ms, end_ms);
    },
    *prepare() {
      for (let k = 0; k < 10; k++) {
        busy(4);
        yield;
      }
    },
  };
  let turns = 0;
  const others = setInterval(() => turns++, 0);
  const made = await makeSlowly(slow, to_ms - 20_000, to_ms, systemClock, never);
  clearInterval(others);
  expect(made).toEqual(named("weather").between(to_ms - 20_000, to_ms));
  expect(turns).toBeGreaterThanOrEqual(8);
});
