/**
 * Who of a group reads which partition, and the bytes in which members say what they want and hold.
 *
 * Fair to within one per topic, and moving as little as it can: a member keeps what it has, up to its share.
 */
import { ByteReader, ByteWriter } from "./bytes.ts";

/** Of the group protocol; members of one group must agree on it. */
export const PROTOCOL = "arterial-sticky";

export type Partitions = ReadonlyMap<string, readonly number[]>;

export interface Subscription {
  member_id: string;
  topics: readonly string[];
  /** What it held in the generation that it was last in. */
  generation: number;
  held: Partitions;
}

/** @param counts Partitions of each topic. */
export function assignPartitions(
  members: readonly Subscription[],
  counts: ReadonlyMap<string, number>,
): Map<string, Map<string, number[]>> {
  const given = new Map(members.map((member) => [member.member_id, new Map<string, number[]>()]));
  // Who has most altogether stands last for the odd one of a topic.
  const load = new Map(members.map((member) => [member.member_id, 0]));
  for (const [topic, count] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const claims = claimsOf(members, topic, count);
    const readers = members
      .filter((member) => member.topics.includes(topic))
      .map(({ member_id }) => ({ member_id, held: claims.get(member_id) ?? [] }))
      .sort(
        (a, b) =>
          b.held.length - a.held.length ||
          load.get(a.member_id)! - load.get(b.member_id)! ||
          (a.member_id < b.member_id ? -1 : 1),
      );
    if (readers.length === 0) continue;
    const least = Math.floor(count / readers.length);
    const shares = readers.map((reader, n) => {
      const quota = least + (n < count % readers.length ? 1 : 0);
      return { ...reader, quota, partitions: reader.held.slice(0, quota) };
    });
    const taken = new Set(shares.flatMap((share) => share.partitions));
    const free = Array.from({ length: count }, (_, n) => n).filter((n) => !taken.has(n));
    for (const { member_id, quota, partitions } of shares) {
      partitions.push(...free.splice(0, quota - partitions.length));
      partitions.sort((a, b) => a - b);
      if (partitions.length > 0) given.get(member_id)!.set(topic, partitions);
      load.set(member_id, load.get(member_id)! + partitions.length);
    }
  }
  return given;
}

/** What each held of a topic; of two who claim the same, the one of the later generation has it. */
function claimsOf(members: readonly Subscription[], topic: string, count: number): Map<string, number[]> {
  const holder = new Map<number, Subscription>();
  for (const member of members) {
    for (const partition of member.held.get(topic) ?? []) {
      const other = holder.get(partition);
      if (partition < count && (other === undefined || other.generation < member.generation))
        holder.set(partition, member);
    }
  }
  const claims = new Map<string, number[]>();
  for (const [partition, { member_id }] of holder) {
    const mine = claims.get(member_id);
    if (mine === undefined) claims.set(member_id, [partition]);
    else mine.push(partition);
  }
  for (const mine of claims.values()) mine.sort((a, b) => a - b);
  return claims;
}

/** As Kafka's own tools read it; what is held goes as user data. */
export function encodeSubscription({ topics, generation, held }: Omit<Subscription, "member_id">): Buffer {
  const out = new ByteWriter().int16(1).int32(topics.length);
  for (const topic of topics) out.text(topic);
  const user_data = putPartitions(new ByteWriter().int32(generation), held).done();
  return putPartitions(out.bytes(user_data), held).done();
}

export function decodeSubscription(member_id: string, bytes: Buffer): Subscription {
  const read = new ByteReader(bytes);
  read.int16();
  const topics = read.each(() => read.text());
  const user_data = new ByteReader(read.bytes());
  return { member_id, topics, generation: user_data.int32(), held: readPartitions(user_data) };
}

export const encodeAssignment = (partitions: Partitions): Buffer =>
  putPartitions(new ByteWriter().int16(1), partitions).bytes(new Uint8Array()).done();

export function decodeAssignment(bytes: Buffer): Map<string, number[]> {
  if (bytes.length === 0) return new Map();
  const read = new ByteReader(bytes);
  read.int16();
  return readPartitions(read);
}

function putPartitions(out: ByteWriter, partitions: Partitions): ByteWriter {
  out.int32(partitions.size);
  for (const [topic, of_topic] of partitions) {
    out.text(topic).int32(of_topic.length);
    for (const partition of of_topic) out.int32(partition);
  }
  return out;
}

const readPartitions = (read: ByteReader): Map<string, number[]> =>
  new Map(read.each((): [string, number[]] => [read.text(), read.each(() => read.int32())]));
