import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { fairShare, type Lease, type Member } from "./share.ts";

const member = fc.integer({ min: 0, max: 6 }).map((n) => `member-${n}`);
const state = fc.record({
  partitions: fc.integer({ min: 1, max: 12 }),
  topics: fc.integer({ min: 1, max: 4 }),
  alive: fc.uniqueArray(member, { minLength: 1, maxLength: 6 }),
  holders: fc.array(fc.option(member), { minLength: 48, maxLength: 48 }),
});

test("members that look one after the other come to a fair share without overlap, and then rest", () => {
  fc.assert(
    fc.property(state, ({ partitions, topics, alive, holders }) => {
      const names = Array.from({ length: topics }, (_, t) => `topic-${t}`);
      const leases: Lease[] = names.flatMap((topic, t) =>
        Array.from({ length: partitions }, (_, partition) => ({
          partition_id: t * 12 + partition,
          topic,
          partition,
          holder: holders[t * 12 + partition]!,
          generation: 1,
          committed_offset: null,
        })),
      );
      const members: Member[] = alive.map((member_id) => ({ member_id, topics: names }));
      const look = (): number => {
        let moves = 0;
        for (const { member_id } of members) {
          const { take, give } = fairShare(leases, members, member_id);
          for (const lease of give) lease.holder = null;
          for (const lease of take) lease.holder = member_id;
          moves += take.length + give.length;
        }
        return moves;
      };
      look();
      look();
      expect(look()).toBe(0);
      for (const topic of names) {
        const counts = alive.map((id) => leases.filter((l) => l.topic === topic && l.holder === id).length);
        expect(counts.reduce((a, b) => a + b)).toBe(partitions);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }
    }),
  );
});

const lease = (partition: number, holder: string | null): Lease => ({
  partition_id: partition,
  topic: "t",
  partition,
  holder,
  generation: 1,
  committed_offset: null,
});

test("who has the right number keeps what it has", () => {
  const members = ["a", "b"].map((member_id) => ({ member_id, topics: ["t"] }));
  const leases = [lease(0, "b"), lease(1, "a"), lease(2, "b"), lease(3, "a")];
  expect(fairShare(leases, members, "a")).toEqual({ take: [], give: [] });
  expect(fairShare(leases, members, "b")).toEqual({ take: [], give: [] });
});
