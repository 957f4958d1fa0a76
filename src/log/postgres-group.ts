/** Membership of a consumer group, kept in PostgreSQL: a row per member, a lease with a generation per partition. */
import type { Sql, TransactionSql } from "../postgres.ts";
import type { Membership } from "./backend.ts";
import type { GuardedSql } from "./guarded-sql.ts";
import { fairShare, type Lease, type Member } from "./share.ts";

export interface GroupOptions {
  group: string;
  member_id: string;
  topics: readonly string[];
  lease_ms: number;
  onChange: (wake: () => void) => () => void;
  /** Tells the group's other members, here and in other processes, to look again. */
  tell: () => void;
}

interface GroupState {
  known: number;
  members: (Member & { live: boolean })[];
  leases: Lease[];
}

// One statement for the usual beat: says "alive", and reads what there is to know. Times are the server's, so
// that processes need not agree on theirs.
const LOOK = `
with me as (
  update log_members set expires_at = clock_timestamp() + $3::int * interval '1 ms'
  where group_name = $1 and member_id = $2 returning 1
)
select (select count(*)::int from me) as known,
  coalesce((
    select json_agg(json_build_object('member_id', m.member_id, 'topics', m.topics::json,
      'live', m.member_id = $2 or m.expires_at > clock_timestamp()))
    from log_members m where m.group_name = $1
  ), '[]') as members,
  coalesce((
    select json_agg(json_build_object('partition_id', p.partition_id, 'topic', p.topic, 'partition', p.partition,
      'holder', l.member_id, 'generation', coalesce(l.generation, 0), 'committed_offset', l.committed_offset)
      order by p.topic, p.partition)
    from log_partitions p
    left join log_leases l on l.group_name = $1 and l.partition_id = p.partition_id
    where p.topic in (select json_array_elements_text($4::text::json))
  ), '[]') as leases`;

export class PostgresMembership implements Membership {
  readonly beat_ms: number;
  readonly lease_ms: number;
  readonly onChange: GroupOptions["onChange"];
  readonly #sql: GuardedSql;
  readonly #options: GroupOptions;

  constructor(sql: GuardedSql, options: GroupOptions) {
    this.#sql = sql;
    this.#options = options;
    this.lease_ms = options.lease_ms;
    this.beat_ms = Math.ceil(options.lease_ms / 4);
    this.onChange = options.onChange;
  }

  async beat(): Promise<{ held: readonly Lease[]; give: readonly Lease[] }> {
    const { group, member_id } = this.#options;
    const deadline_ms = Math.max(500, this.lease_ms);
    const state = await this.#sql.ask(`beat for group ${group}`, (sql) => this.#look(sql), deadline_ms);
    const all_live = state.members.every((member) => member.live);
    const share = fairShare(state.leases, state.members, member_id);
    if (state.known === 1 && all_live && share.take.length === 0) {
      return { held: state.leases.filter((lease) => lease.holder === member_id), give: share.give };
    }
    const result = await this.#sql.ask(
      `join group ${group}`,
      (sql) => sql.begin((tx) => this.#rebalance(tx)),
      deadline_ms,
    );
    if (state.known === 0 || result.took) this.#options.tell();
    return result;
  }

  async release(lease: Lease): Promise<void> {
    const { group, member_id } = this.#options;
    await this.#sql.ask(
      `give back a partition of group ${group}`,
      (sql) => sql`update log_leases set member_id = null
        where group_name = ${group} and partition_id = ${lease.partition_id} and member_id = ${member_id}
          and generation = ${lease.generation}`,
    );
    this.#options.tell();
  }

  async commit(lease: Lease, next_offset: number): Promise<boolean> {
    const { group, member_id } = this.#options;
    const done = await this.#sql.ask(
      `commit ${lease.topic}-${lease.partition} for group ${group}`,
      (sql) => sql`update log_leases set committed_offset = ${next_offset}
        where group_name = ${group} and partition_id = ${lease.partition_id} and member_id = ${member_id}
          and generation = ${lease.generation}`,
    );
    return done.count === 1;
  }

  async leave(): Promise<void> {
    const { group, member_id } = this.#options;
    await this.#sql.run(
      `leave group ${group}`,
      (
        sql,
      ) => sql`with gone as (delete from log_members where group_name = ${group} and member_id = ${member_id})
        update log_leases set member_id = null where group_name = ${group} and member_id = ${member_id}`,
      400,
    );
    this.#options.tell();
  }

  /** Under the group's lock: takes out the dead, puts itself in, takes what is free of its share. */
  async #rebalance(tx: TransactionSql): Promise<{ held: Lease[]; give: readonly Lease[]; took: boolean }> {
    const { group, member_id, topics, lease_ms } = this.#options;
    await tx`select pg_advisory_xact_lock(hashtextextended(${`arterial log group ${group}`}, 0))`;
    await tx`delete from log_members
      where group_name = ${group} and member_id <> ${member_id} and expires_at <= clock_timestamp()`;
    await tx`insert into log_members (group_name, member_id, topics, expires_at)
      values (${group}, ${member_id}, ${JSON.stringify(topics)}, clock_timestamp() + ${lease_ms}::int * interval '1 ms')
      on conflict (group_name, member_id) do update set expires_at = excluded.expires_at`;
    const state = await this.#look(tx);
    const { take, give } = fairShare(state.leases, state.members, member_id);
    const generations = new Map<number, number>();
    if (take.length > 0) {
      const taken = await tx<{ partition_id: number; generation: number }[]>`
        insert into log_leases (group_name, partition_id, member_id, generation)
        select ${group}, id, ${member_id}, 1
        from unnest(${`{${take.map((lease) => lease.partition_id).join(",")}}`}::text::int[]) id order by id
        on conflict (group_name, partition_id)
          do update set member_id = excluded.member_id, generation = log_leases.generation + 1
        returning partition_id, generation`;
      for (const { partition_id, generation } of taken) generations.set(partition_id, generation);
    }
    const held = state.leases
      .filter((lease) => lease.holder === member_id || generations.has(lease.partition_id))
      .map((lease) => ({ ...lease, generation: generations.get(lease.partition_id) ?? lease.generation }));
    return { held, give, took: take.length > 0 };
  }

  async #look(sql: Sql | TransactionSql): Promise<GroupState> {
    const { group, member_id, topics, lease_ms } = this.#options;
    const [state] = await sql.unsafe<GroupState[]>(
      LOOK,
      [group, member_id, lease_ms, JSON.stringify(topics)],
      {
        prepare: true,
      },
    );
    return state!;
  }
}
