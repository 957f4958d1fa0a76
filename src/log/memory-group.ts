/** A consumer group in memory. */
import type { Clock } from "../core/time.ts";
import type { Membership, PartitionRef } from "./backend.ts";
import { fairShare, type Lease, type Member } from "./share.ts";

export class MemoryGroup {
  readonly members = new Map<string, Member & { expires_ms: number }>();
  readonly leases = new Map<number, Lease>();
  readonly wakes = new Set<() => void>();

  changed(): void {
    for (const wake of this.wakes) wake();
  }
}

export class MemoryMembership implements Membership {
  readonly beat_ms: number;
  readonly lease_ms: number;
  readonly #group: MemoryGroup;
  readonly #all: () => readonly PartitionRef[];
  readonly #self: Member;
  readonly #clock: Clock;

  constructor(
    group: MemoryGroup,
    all: () => readonly PartitionRef[],
    member_id: string,
    topics: readonly string[],
    lease_ms: number,
    clock: Clock,
  ) {
    this.#group = group;
    this.#all = all;
    this.#self = { member_id, topics };
    this.#clock = clock;
    this.lease_ms = lease_ms;
    this.beat_ms = Math.ceil(lease_ms / 4);
  }

  async beat(): Promise<{ held: readonly Lease[]; give: readonly Lease[] }> {
    const { members, leases } = this.#group;
    const me = this.#self.member_id;
    const now_ms = this.#clock.monotonic();
    const joined = !members.has(me);
    for (const [id, member] of members) if (member.expires_ms <= now_ms) members.delete(id);
    members.set(me, { ...this.#self, expires_ms: now_ms + this.lease_ms });
    const all = this.#all().map((ref) => {
      const lease = leases.get(ref.partition_id) ?? {
        ...ref,
        holder: null,
        generation: 0,
        committed_offset: null,
      };
      leases.set(ref.partition_id, lease);
      return lease;
    });
    const { take, give } = fairShare(all, [...members.values()], me);
    for (const lease of take) Object.assign(lease, { holder: me, generation: lease.generation + 1 });
    if (joined || take.length > 0) this.#group.changed();
    return {
      held: all.filter((lease) => lease.holder === me).map((lease) => ({ ...lease })),
      give: give.map((lease) => ({ ...lease })),
    };
  }

  async release(lease: Lease): Promise<void> {
    const kept = this.#kept(lease);
    if (kept === null) return;
    kept.holder = null;
    this.#group.changed();
  }

  async commit(lease: Lease, next_offset: number): Promise<boolean> {
    const kept = this.#kept(lease);
    if (kept === null) return false;
    kept.committed_offset = next_offset;
    return true;
  }

  async leave(): Promise<void> {
    const { members, leases } = this.#group;
    members.delete(this.#self.member_id);
    for (const lease of leases.values()) if (lease.holder === this.#self.member_id) lease.holder = null;
    this.#group.changed();
  }

  onChange(wake: () => void): () => void {
    this.#group.wakes.add(wake);
    return () => void this.#group.wakes.delete(wake);
  }

  /** The lease as it stands, if it is still this member's in this generation. */
  #kept(lease: Lease): Lease | null {
    const kept = this.#group.leases.get(lease.partition_id);
    return kept?.holder === this.#self.member_id && kept.generation === lease.generation ? kept : null;
  }
}
