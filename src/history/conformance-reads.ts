/** Laws of reading: values, pages, newest rows, keys. */
import { expect } from "bun:test";
import { ALL, idOf, minutes, NOON, partOf, type HistoryLaw, type Sent } from "./conformance-kit.ts";
import type { RangeQuery, RawRow, RowPlace } from "./history-store.ts";

const placeOf = (row: RawRow): RowPlace => ({
  time_ms: row.event_time_ms,
  key: row.key,
  event_id: row.event_id,
});

export const readLaws: readonly HistoryLaw[] = [
  {
    name: "values come back as they were sent: numbers as numbers, any text, what is missing as null",
    async holds({ open, traffic }) {
      const store = await open();
      const key = `Straße "Ω", {東京}\\ 🚦 ' null`;
      const part = partOf(traffic, 3, 0, [
        { key, at_ms: 123, event_id: `é'"\\,{}`, speed: 25.37, free: 50.02, name: "null" },
        { key: "b", at_ms: 124, event_id: "NULL", speed: 0 },
        { key: "c", at_ms: 125, event_id: "x".repeat(128), speed: 300, free: 0.01 },
      ]);
      await store.append(traffic, [part]);
      const rows = await store.raw(traffic, ALL);
      expect(
        rows.map(({ key: k, event_id, event_time_ms, source, received_at_ms, partition, offset }) => [
          k,
          event_id,
          event_time_ms,
          source,
          received_at_ms,
          partition,
          offset,
        ]),
      ).toEqual(
        part.events.map((e) => [
          e.key,
          e.event_id,
          e.event_time_ms,
          e.source,
          e.received_at_ms,
          e.partition,
          e.offset,
        ]),
      );
      for (const [i, row] of rows.entries()) expect(row.row).toMatchObject(part.events[i]!.row);
      expect(Object.keys(rows[0]!.row)).toEqual(["event_id", "timestamp", ...traffic.field_names]);
      const [window] = await store.windows(traffic, { ...ALL, key });
      expect(window).toMatchObject({
        key,
        window_start_ms: NOON,
        kept: { n: 1, current_speed_sum: 2537, current_speed_sum_sq: 2537 ** 2 },
      });
      for (const row of await store.ledger(traffic))
        for (const n of [row.next_offset, row.consumed, row.watermark_ms]) expect(typeof n).toBe("number");
      await store.close();
    },
  },
  {
    name: "pages of a range give every row once and in order, whatever is inserted between them",
    async holds({ open, traffic }) {
      const store = await open();
      // Several keys at equal times, in bursts with hours of silence between.
      const log: Sent[] = Array.from({ length: 40 }, (_, i) => ({
        key: `k${i % 4}`,
        at_ms: Math.floor(i / 4) * minutes(i > 20 ? 300 : 1),
        event_id: `e${i}`,
        speed: i,
      }));
      await store.append(traffic, [partOf(traffic, 0, 0, log)]);
      for (const over of [
        {},
        { descending: true },
        { key: "k1" },
        { key: "k1", descending: true },
      ] as Partial<RangeQuery>[]) {
        const whole = (await store.raw(traffic, { ...ALL, ...over })).map(idOf);
        const pages: RawRow[] = [];
        for (let n = 0; ; n++) {
          const after = pages.length === 0 ? {} : { after: placeOf(pages.at(-1)!) };
          const page = await store.raw(traffic, { ...ALL, ...over, ...after, limit: 7 });
          if (page.length === 0) break;
          pages.push(...page);
          // What comes before the place in the reading's order is not seen, and moves nothing.
          const [ledger] = await store.ledger(traffic);
          const at_ms = over.descending === true ? minutes(4_000) + n : -minutes(60) - n;
          await store.append(traffic, [
            partOf(traffic, 0, ledger!.next_offset, [
              { key: "k1", at_ms, event_id: `in${JSON.stringify(over)}${n}`, speed: 1 },
            ]),
          ]);
        }
        expect(pages.map(idOf)).toEqual(whole);
        if (over.key === undefined) expect(whole.length).toBeGreaterThanOrEqual(40);
      }
      await store.close();
    },
  },
  {
    name: "windows come by (window start, key) and in pages",
    async holds({ open, traffic }) {
      const store = await open();
      const log: Sent[] = Array.from({ length: 30 }, (_, i) => ({
        key: `k${i % 3}`,
        at_ms: i * minutes(4),
        event_id: `e${i}`,
        speed: 1,
      }));
      await store.append(traffic, [partOf(traffic, 0, 0, log)]);
      const whole = await store.windows(traffic, ALL);
      const places = whole.map((w) => `${w.window_start_ms} ${w.key}`);
      expect(places).toEqual([...places].sort());
      const pages: (typeof whole)[number][] = [];
      for (;;) {
        const last = pages.at(-1);
        const after =
          last === undefined ? {} : { after: { time_ms: last.window_start_ms, key: last.key, event_id: "" } };
        const page = await store.windows(traffic, { ...ALL, ...after, limit: 4 });
        if (page.length === 0) break;
        pages.push(...page);
      }
      expect(pages).toEqual([...whole]);
      expect(await store.windows(traffic, { ...ALL, from_ms: NOON + 1, to_ms: NOON + minutes(5) })).toEqual(
        [],
      );
      await store.close();
    },
  },
  {
    name: "a range is half-open, and a limit that is none is refused",
    async holds({ open, traffic }) {
      const store = await open();
      await store.append(traffic, [
        partOf(
          traffic,
          0,
          0,
          [0, 1, 2].map((at_ms) => ({ key: "a", at_ms, event_id: "x", speed: 1 })),
        ),
      ]);
      const ids = (await store.raw(traffic, { from_ms: NOON, to_ms: NOON + 2, limit: 10 })).map(
        (r) => r.event_time_ms - NOON,
      );
      expect(ids).toEqual([0, 1]);
      for (const limit of [0, 5_001, 1.5, Number.NaN])
        expect(store.raw(traffic, { ...ALL, limit })).rejects.toThrow(RangeError);
      await store.close();
    },
  },
  {
    name: "the newest row of each key, across days, and the keys",
    async holds({ open, traffic }) {
      const store = await open();
      await store.ensurePartitions(traffic, NOON - minutes(60 * 24), NOON + minutes(60 * 24));
      expect(await store.latest(traffic)).toEqual([]);
      const log: Sent[] = [
        { key: "a", at_ms: 0, event_id: "old", speed: 1 },
        { key: "b", at_ms: -minutes(60 * 20), event_id: "yesterday", speed: 2 },
        { key: "a", at_ms: minutes(60 * 13), event_id: "new", speed: 3 },
        { key: "a", at_ms: minutes(60 * 13), event_id: "a tie: later in the log", speed: 4 },
        { key: "c", at_ms: 5, event_id: "only", speed: 5 },
        { key: "a", at_ms: 7, event_id: "late", speed: 6 },
      ];
      await store.append(traffic, [partOf(traffic, 0, 0, log)]);
      const newest = (rows: readonly RawRow[]): unknown =>
        rows.map((r) => [r.key, r.event_id, r.row["current_speed"]]);
      expect(newest(await store.latest(traffic))).toEqual([
        ["a", "a tie: later in the log", 4],
        ["b", "yesterday", 2],
        ["c", "only", 5],
      ]);
      expect(newest(await store.latest(traffic, ["c", "c", "nobody"]))).toEqual([["c", "only", 5]]);
      expect(await store.latest(traffic, [])).toEqual([]);
      expect(await store.keys(traffic)).toEqual(["a", "b", "c"]);
      await store.close();
    },
  },
];
