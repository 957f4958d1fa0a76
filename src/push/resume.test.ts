/** The law of resume: whatever is published, gone, cut off and come back in whatever order, nothing is missed. */
import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { createHub, type Filter } from "./hub.ts";
import { event, HandClock, spots, START_MS, TestSink } from "./testing.ts";

type Step =
  | { do: "put"; key: number; time: number; backfill: boolean }
  | { do: "pass"; ms: number }
  | { do: "cut"; client: number }
  | { do: "stall"; client: number }
  | { do: "drain"; client: number };

const KEYS = ["a", "b", "c", "d"];
const who = fc.nat({ max: 2 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("put" as const),
      key: fc.nat({ max: 3 }),
      time: fc.nat({ max: 40 }),
      backfill: fc.nat({ max: 9 }).map((n) => n === 0),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.nat({ max: 400 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("cut" as const), client: who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("stall" as const), client: who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("drain" as const), client: who }) },
);

const filters: Filter[] = [
  { streams: [spots], bbox: null, keys: new Map() },
  { streams: [spots], bbox: null, keys: new Map([["spots", new Set(["a", "c"])]]) },
  { streams: [spots], bbox: [0, 0, 1, 1], keys: new Map() },
];
const wanted = [KEYS, ["a", "c"], ["a", "b"]];

/** A client that is cut off at any moment and comes back with the last id it was told. */
class Returning {
  readonly seen: { spot: string; time: number; v: number }[] = [];
  sink = new TestSink();
  leave = (): void => {};

  take(): void {
    for (const told of this.sink.told.splice(0)) {
      if (told.id !== null) this.id = told.id;
      if (told.event === "resync") throw new Error("a resync within the ring's time");
      if (told.event !== "spots") continue;
      const { rows } = JSON.parse(told.data) as { rows: { spot: string; v: number; timestamp: string }[] };
      for (const row of rows)
        this.seen.push({ spot: row.spot, time: Date.parse(row.timestamp) - START_MS, v: row.v });
    }
  }

  id: string | null = null;
}

test("a client that is cut off and returns misses no newest state, and is never told an older one", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const clock = new HandClock();
      const hub = createHub({
        streams: [spots],
        clock,
        epoch: "e",
        schedule: clock.schedule,
        placeOf: (_s, key) => (key < "c" ? [0, 0, 1, 1] : [8, 8, 9, 9]),
      });
      const offsets = [0, 0];
      const newest = new Map<string, { time: number; offset: number; v: number }>();
      const clients = filters.map(() => new Returning());
      const connect = (c: Returning, i: number): void => {
        c.sink = new TestSink();
        const resume = c.id === null ? null : hub.parse(c.id);
        c.leave = hub.subscribe({ filter: filters[i]!, tick_ms: 50 + i * 100, resume }, c.sink).close;
      };
      clients.forEach(connect);
      let v = 0;
      for (const s of steps) {
        if (s.do === "pass") clock.pass(s.ms);
        else if (s.do === "put") {
          // A key has its partition.
          const partition = s.key % 2;
          const offset = offsets[partition]!++;
          v++;
          const key = KEYS[s.key]!;
          const one = event(key, v, {
            partition,
            offset,
            event_time_ms: START_MS + s.time,
            backfill: s.backfill,
          });
          hub.publish(spots, [one], partition, offset + 1);
          const known = newest.get(key);
          if (
            !s.backfill &&
            (known === undefined || s.time > known.time || (s.time === known.time && offset > known.offset))
          ) {
            newest.set(key, { time: s.time, offset, v });
          }
        } else {
          const c = clients[s.client]!;
          if (s.do === "cut") {
            c.take();
            c.leave();
            connect(c, s.client);
          } else if (s.do === "stall") c.sink.full = true;
          else await c.sink.drain();
        }
      }
      for (const c of clients) await c.sink.drain();
      clock.pass(1_000);
      clients.forEach((c, i) => {
        c.take();
        const last = new Map<string, { time: number; v: number }>();
        for (const row of c.seen) {
          const before = last.get(row.spot);
          expect(
            before === undefined || row.time > before.time || (row.time === before.time && row.v >= before.v),
          ).toBe(true);
          expect(wanted[i]).toContain(row.spot);
          last.set(row.spot, row);
        }
        for (const key of wanted[i]!) expect([key, last.get(key)?.v]).toEqual([key, newest.get(key)?.v]);
      });
      await hub.close();
    }),
    { numRuns: 400 },
  );
});

test("a client may go to another replica that read the partitions in another order", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ key: fc.nat({ max: 3 }), time: fc.nat({ max: 20 }) }), {
        minLength: 1,
        maxLength: 40,
      }),
      fc.nat(),
      fc.array(fc.nat({ max: 1 }), { maxLength: 80 }),
      fc.nat(),
      (puts, left, order, moved) => {
        const offsets = [0, 0];
        const log: ReturnType<typeof event>[][] = [[], []];
        const all = puts.map(({ key, time }, v) => {
          const partition = key % 2;
          const one = event(KEYS[key]!, v, {
            partition,
            offset: offsets[partition]!++,
            event_time_ms: START_MS + time,
          });
          log[partition]!.push(one);
          return one;
        });
        const clock = new HandClock();
        const replica = (): ReturnType<typeof createHub> =>
          createHub({ streams: [spots], clock, epoch: "e", schedule: clock.schedule });
        const [one, two] = [replica(), replica()];
        const client = new Returning();
        client.leave = one.subscribe({ filter: filters[0]!, tick_ms: 50 }, client.sink).close;
        for (const e of all.slice(0, left % (all.length + 1))) {
          one.publish(spots, [e], e.partition, e.offset + 1);
          clock.pass(30);
        }
        client.take();
        client.leave();
        // The other replica reads partition by partition as `order` says, then the rest; the client comes in between.
        const rest = [...order, ...log[0]!.map(() => 0), ...log[1]!.map(() => 1)];
        rest.forEach((p, i) => {
          if (i === moved % rest.length) {
            client.sink = new TestSink();
            two.subscribe({ filter: filters[0]!, tick_ms: 50, resume: two.parse(client.id!) }, client.sink);
          }
          const e = log[p]!.shift();
          if (e !== undefined) two.publish(spots, [e], p, e.offset + 1);
          clock.pass(20);
        });
        clock.pass(1_000);
        client.take();
        const told = new Map<string, { time: number; v: number }>();
        for (const row of client.seen) {
          const before = told.get(row.spot);
          expect(
            before === undefined || row.time > before.time || (row.time === before.time && row.v >= before.v),
          ).toBe(true);
          told.set(row.spot, row);
        }
        const newest = new Map<string, ReturnType<typeof event>>();
        for (const e of all) {
          const known = newest.get(e.key);
          if (known === undefined || e.event_time_ms >= known.event_time_ms) newest.set(e.key, e);
        }
        for (const [key, e] of newest) expect([key, told.get(key)?.v]).toEqual([key, e.row["v"] as number]);
      },
    ),
    { numRuns: 400 },
  );
});
