/** What a real PostgreSQL does to a writer: it ends connections, refuses values, hangs, and holds locks. */
import { afterEach, describe, expect, test } from "bun:test";
import { createServer, type Server } from "node:net";
import postgres from "postgres";
import { HistoryUnavailableError } from "../core/errors.ts";
import { systemClock } from "../core/time.ts";
import { traffic } from "../streams/traffic.ts";
import { ALL, assertLedger, days, hours, minutes, NOON, partOf, type Sent } from "./conformance-kit.ts";
import type { HistoryStore } from "./history-store.ts";
import { openPostgresHistory } from "./postgres-history.ts";
import { postgresBed, type PostgresBed } from "./postgres-bed.fixture.ts";

const sent = (n: number): Sent[] =>
  Array.from({ length: n }, (_, i) => ({
    key: `k${i % 7}`,
    at_ms: i * 1_000,
    event_id: `e${i}`,
    speed: i % 100,
  }));

let bed: PostgresBed;
let admin: postgres.Sql;

async function opened(): Promise<HistoryStore> {
  bed = await postgresBed();
  admin = postgres(bed.url, { max: 1, onnotice: () => {} });
  return bed.open();
}

afterEach(async () => {
  await admin.end();
  await bed.drop();
});

const errorOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

const killWriters = (): Promise<unknown> =>
  admin`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'arterial-history-writer' and datname = current_database()`;

describe("history in trouble", () => {
  test("a commit that the server lost in a crash is read again and stored, not taken for a repeat", async () => {
    const store = await opened();
    const all = sent(400);
    expect(await store.append(traffic, [partOf(traffic, 0, 0, all.slice(0, 200))])).toMatchObject({
      stored: 200,
    });
    expect(await store.append(traffic, [partOf(traffic, 0, 200, all.slice(200, 300))])).toMatchObject({
      stored: 100,
    });
    // As after a crash: the second transaction never was.
    await admin.begin(async (tx) => {
      await tx`delete from traffic_data where event_time >= ${new Date(NOON + 200_000).toISOString()}::timestamptz`;
      await tx`delete from traffic_windows`;
      await tx`update offsets set next_offset = 200, consumed = 200, stored = 200`;
    });
    const next = await store.append(traffic, [partOf(traffic, 0, 300, all.slice(300))]);
    expect(next).toMatchObject({ kind: "fenced", next_offsets: new Map([[0, 200]]) });
    expect(await store.append(traffic, [partOf(traffic, 0, 200, all.slice(200))])).toMatchObject({
      stored: 200,
      duplicate: 0,
    });
    expect(await store.raw(traffic, ALL)).toHaveLength(400);
  });

  test("connections killed at any moment: appended again until it is told, everything is stored once", async () => {
    const store = await opened();
    const all = sent(3_000);
    let at = 0;
    let failures = 0;
    const appending = (async (): Promise<void> => {
      while (at < all.length) {
        try {
          const outcome = await store.append(traffic, [partOf(traffic, 0, at, all.slice(at, at + 50))]);
          expect(outcome.kind).toBe("stored");
          at += 50;
        } catch (error) {
          expect(error).toBeInstanceOf(HistoryUnavailableError);
          failures++;
        }
      }
    })();
    let going = true;
    void appending.finally(() => (going = false)).catch(() => {});
    // At uneven distances, some too short for a single batch, some long enough for many.
    for (let kills = 0; going; kills++) {
      await killWriters();
      await Bun.sleep((kills * 37) % 150);
    }
    await appending;
    expect(failures).toBeGreaterThan(0);
    expect(await store.raw(traffic, ALL)).toHaveLength(3_000);
    expect([...(await store.windows(traffic, ALL))]).toEqual([
      ...(await store.recomputeWindows(traffic, ALL.from_ms, ALL.to_ms)),
    ]);
    await assertLedger(store, traffic);
  }, 60_000);

  test("a value that the server refuses is a dead letter, and the rest of its batch is stored", async () => {
    const store = await opened();
    await admin`alter table traffic_data add constraint narrow check (current_speed <> 13)`;
    const part = partOf(traffic, 0, 0, sent(300));
    expect(await store.append(traffic, [part])).toMatchObject({ stored: 297, dead: 3 });
    const letters = await store.deadLetters({ limit: 10 });
    expect(letters.map((l) => l.offset)).toEqual([213, 113, 13]);
    expect(letters[0]!.rule).toContain("narrow");
    expect(JSON.parse(Buffer.from(letters[0]!.payload!).toString())).toMatchObject({
      event_id: "e213",
      current_speed: 13,
    });
    await assertLedger(store, traffic);
    expect(
      await store.append(traffic, [
        partOf(traffic, 0, 300, [{ key: "next", at_ms: 0, event_id: "n", speed: 1 }]),
      ]),
    ).toMatchObject({ stored: 1 });
  }, 30_000);

  test("a value that the COPY itself refuses is found as well, though the driver loses that error", async () => {
    const store = await opened();
    const part = partOf(traffic, 0, 0, sent(40));
    const events = part.events.map((e, i) => (i === 21 ? { ...e, row: { ...e.row, road_name: "a\0b" } } : e));
    expect(await store.append(traffic, [{ ...part, events }])).toMatchObject({ stored: 39, dead: 1 });
    expect((await store.deadLetters({ limit: 10 }))[0]).toMatchObject({ offset: 21 });
    await assertLedger(store, traffic);
  }, 30_000);

  test("a server's own error is no dead letter: it stops, and goes on when it is over", async () => {
    const store = await opened();
    const part = partOf(traffic, 0, 0, sent(5));
    await admin`alter table offsets rename to offsets_away`;
    expect(String(await errorOf(store.append(traffic, [part])))).toContain("offsets");
    await admin`alter table offsets_away rename to offsets`;
    expect(await store.append(traffic, [part])).toMatchObject({ stored: 5, dead: 0 });
  }, 30_000);

  test("an event below the frontier makes its window dirty, in the same transaction", async () => {
    const store = await opened();
    await admin`insert into frontiers (stream, view, frontier, claimed) values ('traffic', 'daily', '-infinity', ${new Date(NOON).toISOString()})`;
    const log: Sent[] = [-minutes(7), -minutes(6), -1, 0].map((at_ms, i) => ({
      key: "a",
      at_ms,
      event_id: `e${i}`,
      speed: 1,
    }));
    await store.append(traffic, [partOf(traffic, 0, 0, log)]);
    const dirty = await admin<
      { ms: string; key: string }[]
    >`select extract(epoch from window_start) * 1000 as ms, key from dirty_windows order by 1`;
    expect(dirty.map(({ ms, key }) => [Number(ms) - NOON, key])).toEqual([
      [-minutes(10), "a"],
      [-minutes(5), "a"],
    ]);
  }, 30_000);

  test("partitions are made and dropped while events come in", async () => {
    const store = await opened();
    const all = sent(2_000).map((one, i) => ({ ...one, at_ms: (i % 5) * days(1) - days(2) + i }));
    const upkeep = (async (): Promise<void> => {
      await store.ensurePartitions(traffic, NOON - days(3), NOON);
      await store.ensurePartitions(traffic, NOON, NOON + days(3));
      await store.retain(traffic, NOON + hours(1));
    })();
    for (let at = 0; at < all.length;) {
      const outcome = await store
        .append(traffic, [partOf(traffic, 0, at, all.slice(at, at + 40))])
        .catch(() => null);
      if (outcome !== null) at += 40;
    }
    await upkeep;
    await store.retain(traffic, NOON + hours(1));
    await assertLedger(store, traffic);
    const windows = await store.windows(traffic, ALL);
    expect(windows.reduce((n, w) => n + (w.kept["n"] as number), 0)).toBe(2_000);
  }, 60_000);

  test("a server that answers nothing is noticed in time, and one that closes at once is not asked without end", async () => {
    await opened();
    let connections = 0;
    const closing = createServer((socket) => {
      connections++;
      socket.destroy();
    });
    const port = await listening(closing);
    const store = openPostgresHistory({
      url: `postgres://postgres:x@127.0.0.1:${port}/postgres`,
      clock: systemClock,
    });
    const begun = performance.now();
    expect(await errorOf(store.append(traffic, [partOf(traffic, 0, 0, sent(1))]))).toBeInstanceOf(
      HistoryUnavailableError,
    );
    expect(performance.now() - begun).toBeLessThan(12_000);
    const before = connections;
    await Bun.sleep(300);
    expect(connections - before).toBeLessThan(5);
    await store.close();
    closing.close();
  }, 30_000);
});

const listening = (server: Server): Promise<number> =>
  new Promise((done) =>
    server.listen(0, "127.0.0.1", () => done((server.address() as { port: number }).port)),
  );
