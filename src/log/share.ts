/** Who of a group reads which partition: fair to within one per topic, and moving as little as it can. */
import { hash32 } from "../core/identity.ts";

export interface Member {
  member_id: string;
  topics: readonly string[];
}

export interface Lease {
  partition_id: number;
  topic: string;
  partition: number;
  /** Null when nobody holds it. */
  holder: string | null;
  generation: number;
  committed_offset: number | null;
}

export interface Share {
  /** Free partitions that this member takes now. */
  take: readonly Lease[];
  /** Partitions that it holds beyond its share, to give back once their batch is done. */
  give: readonly Lease[];
}

/**
 * What one member does, by itself, when it looks at the group. All members look at the same facts, and their
 * shares add up to all partitions, so that what one gives back another takes.
 *
 * @param leases Every partition of the topics that `me` reads.
 * @param members Those alive, `me` among them. A holder that is not in it is dead, its partitions are free.
 */
export function fairShare(leases: readonly Lease[], members: readonly Member[], me: string): Share {
  const alive = new Set(members.map((member) => member.member_id));
  const take: Lease[] = [];
  const give: Lease[] = [];
  for (const [topic, of_topic] of Map.groupBy(leases, (lease) => lease.topic)) {
    const readers = members
      .filter((member) => member.topics.includes(topic))
      .map((member) => member.member_id)
      .sort();
    if (!readers.includes(me)) continue;
    // Turned by topic, so that topics of one partition do not all fall to the same member.
    const rank = (readers.indexOf(me) + (hash32(topic) % readers.length)) % readers.length;
    const quota =
      Math.floor(of_topic.length / readers.length) + (rank < of_topic.length % readers.length ? 1 : 0);
    const mine = of_topic.filter((lease) => lease.holder === me);
    const free = of_topic.filter((lease) => lease.holder === null || !alive.has(lease.holder));
    give.push(...mine.slice(quota));
    take.push(...free.slice(0, Math.max(0, quota - mine.length)));
  }
  return { take, give };
}
