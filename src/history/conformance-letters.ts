/** Laws of dead letters, replay and rejects. */
import { expect } from "bun:test";
import { assertLedger, letterOf, partOf, rawIds, type HistoryLaw } from "./conformance-kit.ts";

export const letterLaws: readonly HistoryLaw[] = [
  {
    name: "dead letters are kept with field, value, rule and bytes, newest first, in pages",
    async holds({ open, traffic }) {
      const store = await open();
      const dead = [0, 1, 2, 3, 4].map((i) =>
        letterOf(traffic, 0, i, {
          value: `"nul \0, half \ud800"`,
          payload: i === 4 ? null : Buffer.from([0, 255, i]),
        }),
      );
      expect(
        await store.append(traffic, [{ ...partOf(traffic, 0, 0, []), next_offset: 5, dead }]),
      ).toMatchObject({ dead: 5 });
      const first = await store.deadLetters({ limit: 3 });
      const rest = await store.deadLetters({ limit: 3, before_id: first.at(-1)!.dead_letter_id });
      expect([...first, ...rest].map((l) => l.offset)).toEqual([4, 3, 2, 1, 0]);
      expect(first[0]).toMatchObject({
        state: "open",
        attempts: 0,
        payload: null,
        pointer: "/current_speed",
        rule: "must be at least 0",
        stream: "traffic",
        topic: "traffic-raw",
      });
      expect(first[0]!.value).toBe(`"nul \uFFFD, half \uFFFD"`);
      expect([...first[1]!.payload!]).toEqual([0, 255, 3]);
      expect(await store.deadLettersById([first[1]!.dead_letter_id, "no id"])).toEqual([first[1]!]);
      expect(await store.deadLetterCounts()).toEqual([{ stream: "traffic", state: "open", count: 5 }]);
      await assertLedger(store, traffic);
      await store.close();
    },
  },
  {
    name: "a letter goes open → replayed → stored, or is open again with one more attempt; twice is once",
    async holds({ open, traffic }) {
      const store = await open();
      await store.append(traffic, [
        {
          ...partOf(traffic, 0, 0, []),
          next_offset: 2,
          dead: [letterOf(traffic, 0, 0), letterOf(traffic, 0, 1)],
        },
      ]);
      const [bad, good] = (await store.deadLetters({ limit: 10 })).map((l) => l.dead_letter_id);
      const states = async (): Promise<unknown> =>
        (await store.deadLettersById([bad!, good!])).map((l) => [l.state, l.attempts]);
      await store.markReplayed([bad!, good!, "no id"].map((id) => ({ dead_letter_id: id, attempts: 0 })));
      expect(await states()).toEqual([
        ["replayed", 0],
        ["replayed", 0],
      ]);
      const revived = { key: "a", at_ms: 0, event_id: "x", speed: 1, dead_letter_id: good! };
      await store.append(traffic, [
        {
          ...partOf(traffic, 0, 2, [revived]),
          next_offset: 4,
          dead: [letterOf(traffic, 0, 3, { dead_letter_id: bad! })],
        },
      ]);
      expect(await states()).toEqual([
        ["open", 1],
        ["stored", 0],
      ]);
      // The same value again: one event, one letter; and neither a letter that is stored, nor one that was refused again meanwhile, is marked.
      await store.append(traffic, [partOf(traffic, 0, 4, [revived])]);
      await store.markReplayed([good!, bad!].map((id) => ({ dead_letter_id: id, attempts: 0 })));
      expect(await states()).toEqual([
        ["open", 1],
        ["stored", 0],
      ]);
      const twice = [5, 6].map((offset) => letterOf(traffic, 0, offset, { dead_letter_id: bad! }));
      await store.append(traffic, [{ ...partOf(traffic, 0, 5, []), next_offset: 7, dead: twice }]);
      expect(await states()).toEqual([
        ["open", 3],
        ["stored", 0],
      ]);
      expect(await rawIds(store, traffic)).toHaveLength(1);
      // A stranger's header names a letter that nobody knows: it is a letter of its own.
      await store.append(traffic, [
        {
          ...partOf(traffic, 0, 7, []),
          next_offset: 8,
          dead: [letterOf(traffic, 0, 7, { dead_letter_id: "8f6f2a52-c0de-4b5b-a7e1-a27e41a1c17e" })],
        },
      ]);
      expect(await store.deadLetters({ limit: 10 })).toHaveLength(3);
      expect((await store.ledger(traffic))[0]).toMatchObject({
        consumed: 8,
        stored: 1,
        duplicate: 1,
        dead: 6,
      });
      await assertLedger(store, traffic);
      await store.close();
    },
  },
  {
    name: "rejects at the door are kept and counted by source, once, and are no part of the stream's ledger",
    async holds({ open, traffic }) {
      const store = await open();
      const letters = [0, 1, 2].map((i) => ({
        ...letterOf(traffic, 1, i, { source: i === 2 ? "replay" : "http" }),
        stream: "traffic",
      }));
      expect(await store.appendRejects(1, 0, 3, letters)).toMatchObject({ kind: "stored", dead: 3 });
      expect(await store.appendRejects(1, 0, 3, letters)).toMatchObject({ kind: "stored", already: true });
      expect(await store.appendRejects(1, 2, 5, letters)).toEqual({
        kind: "fenced",
        next_offsets: new Map([[1, 3]]),
      });
      expect(await store.rejected()).toEqual([
        { stream: "traffic", source: "http", count: 2 },
        { stream: "traffic", source: "replay", count: 1 },
      ]);
      expect(await store.rejectsApplied()).toEqual(new Map([[1, 3]]));
      expect(await store.deadLetters({ stream: "traffic", limit: 10 })).toHaveLength(3);
      expect(await store.ledger(traffic)).toEqual([]);
      expect(await store.recount(traffic)).toEqual({ rows: 0, dead: 0 });
      // One of them is tried again and refused again: now the stream has consumed it.
      const [letter] = await store.deadLetters({ limit: 1 });
      await store.append(traffic, [
        {
          ...partOf(traffic, 0, 0, []),
          next_offset: 1,
          dead: [letterOf(traffic, 0, 0, { dead_letter_id: letter!.dead_letter_id })],
        },
      ]);
      expect(await store.deadLetters({ limit: 10 })).toHaveLength(3);
      await assertLedger(store, traffic);
      await store.close();
    },
  },
];
