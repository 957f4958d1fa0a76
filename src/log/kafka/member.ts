/**
 * One member of a Kafka group (the classic protocol, KIP-62 and KIP-394): joins, says that it is alive beside the work and not between it, moves with the
 * group, leaves at once.
 *
 * What it held in the generation before and is given again is kept without a break: nobody else had it. After
 * any generation that it missed, all it held is lost.
 */
import { FencedError, LogUnavailableError } from "../../core/errors.ts";
import { pause } from "../../core/pause.ts";
import type { Clock } from "../../core/time.ts";
import {
  assignPartitions,
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
  PROTOCOL,
} from "./assign.ts";
import { answered, errorType, isHopeless, within, type JoinedGroup, type KafkaBroker } from "./client.ts";
import type { KafkaLink } from "./link.ts";

/** A member that is silent for so long is taken for dead. The least that brokers allow by default. */
const SESSION_MS = 6_000;
/** How long the group waits for a member that is asked to join anew. */
const REBALANCE_MS = 2_000;
const BEAT_MS = 300;
/** The leader looks this often whether topics have grown. */
const LOOK_MS = 3_000;
const COMMIT_MS = 8_000;
const BACKOFF_MAX_MS = 1_000;
const LEAVE_MS = 1_500;

/** These mean: the group moves on without this generation. */
const REJOIN = new Set(["REBALANCE_IN_PROGRESS", "REBALANCE_FAILED", "KafkaJSMemberIdRequired"]);
const EXPELLED = new Set(["UNKNOWN_MEMBER_ID", "ILLEGAL_GENERATION", "FENCED_INSTANCE_ID"]);

export interface MemberOptions {
  group: string;
  topics: readonly string[];
  clock: Clock;
  /** Waits a moment for batches in flight, so that they are not done twice. */
  settle: () => Promise<void>;
  /** What is held from now on, and whether what was held before and is held again was kept without a break. */
  onAssigned: (held: ReadonlyMap<string, readonly number[]>, kept: boolean) => void;
  /** The group knows this member after all, which had not heard from it for a while. */
  onAlive: () => void;
  /** Why the member must not say that it is alive: a batch that never ends. Null while all is well. */
  stuck: () => string | null;
  onWarning: (sentence: string) => void;
}

export class KafkaMember {
  readonly #link: KafkaLink;
  readonly #options: MemberOptions;
  readonly #stop = new AbortController();
  #coordinator: { broker: KafkaBroker; connection: number } | null = null;
  #member_id = "";
  /** Of the assignment that is held. */
  #generation = -1;
  #held: ReadonlyMap<string, readonly number[]> = new Map();
  #leads = false;
  #counts = new Map<string, number>();
  #looked_ms = 0;
  #settled: PromiseWithResolvers<void> | null = Promise.withResolvers();
  /** On its way into the next generation: the one before can no longer commit. */
  #joining = true;
  #rejoin = false;
  /** When the group last said that this member belongs to it; monotonic. */
  #alive_ms = -Infinity;
  #ended: Promise<void> = Promise.resolve();
  #wake: (() => void) | null = null;

  constructor(link: KafkaLink, options: MemberOptions) {
    this.#link = link;
    this.#options = options;
  }

  /**
   * False while the group is being shared anew, and after a silence in which others may have been given what this one
   * held (its process was stopped, its loop was busy): no batch is begun then.
   */
  get settled(): boolean {
    return this.#settled === null && this.#heard;
  }

  get #heard(): boolean {
    return this.#options.clock.monotonic() - this.#alive_ms < SESSION_MS;
  }

  /** Runs until `leave`. @throws what no new try can heal. */
  run(): Promise<void> {
    const running = this.#run();
    this.#ended = running.catch(() => {}).then(() => this.#leaveGroup());
    return running;
  }

  async #run(): Promise<void> {
    let backoff_ms = 50;
    while (!this.#stop.signal.aborted) {
      const { connection } = this.#link;
      try {
        const stuck = this.#options.stuck();
        if (stuck !== null) {
          await this.#sitOut(stuck);
          continue;
        }
        if (this.#settled !== null) await this.#join();
        backoff_ms = 50;
        await this.#beat();
      } catch (error) {
        const type = errorType(error);
        if (REJOIN.has(type)) await this.#unsettle();
        else if (EXPELLED.has(type)) this.#expelled(type === "ILLEGAL_GENERATION");
        else if (isHopeless(error)) throw error;
        else {
          this.#coordinator = null;
          this.#link.renew(error, connection);
          await pause(backoff_ms, this.#stop.signal);
          backoff_ms = Math.min(BACKOFF_MAX_MS, backoff_ms * 2);
        }
      }
    }
  }

  /**
   * Waits while this member is on its way into the next generation.
   *
   * @param held Whether the caller still has the partition; asked whenever the group has settled.
   * @throws {FencedError} @throws {LogUnavailableError}
   */
  async commit(topic: string, partition: number, next_offset: number, held: () => boolean): Promise<void> {
    const { clock, group } = this.#options;
    const until_ms = clock.monotonic() + COMMIT_MS;
    const what = `commit ${topic}-${partition} at ${next_offset} for ${group}`;
    for (let backoff_ms = 50; ; backoff_ms = Math.min(BACKOFF_MAX_MS, backoff_ms * 2)) {
      const left_ms = until_ms - clock.monotonic();
      if (!held()) throw new FencedError(`Cannot ${what}: this member no longer holds it`);
      if (left_ms <= 0) throw new LogUnavailableError(`Cannot ${what}: the group does not answer`);
      if (this.#settled !== null && this.#joining)
        await Promise.race([this.#settled.promise, pause(left_ms, this.#stop.signal)]);
      if (!held()) throw new FencedError(`Cannot ${what}: this member no longer holds it`);
      if (this.#stop.signal.aborted) throw new LogUnavailableError(`Cannot ${what}: the consumer is closed`);
      if (this.#settled !== null && this.#joining) continue;
      try {
        const coordinator = await this.#findCoordinator();
        const committed = coordinator.offsetCommit({
          groupId: group,
          groupGenerationId: this.#generation,
          memberId: this.#member_id,
          topics: [{ topic, partitions: [{ partition, offset: String(next_offset) }] }],
        });
        await answered(what, committed);
        return;
      } catch (error) {
        const type = errorType(error);
        if (REJOIN.has(type) || EXPELLED.has(type)) this.rejoin();
        else if (isHopeless(error)) throw error;
        else this.#coordinator = null;
      }
      await pause(backoff_ms, this.#stop.signal);
    }
  }

  /** Committed offsets, null where there is none. */
  async committed(topic: string, partitions: readonly number[]): Promise<Map<number, number | null>> {
    const coordinator = await this.#findCoordinator();
    const { responses } = await answered(
      "fetch offsets",
      coordinator.offsetFetch({
        groupId: this.#options.group,
        topics: [{ topic, partitions: partitions.map((partition) => ({ partition, offset: "0" })) }],
      }),
    );
    const found = responses.flatMap((response) => response.partitions);
    return new Map(
      found.map(({ partition, offset }) => [partition, Number(offset) < 0 ? null : Number(offset)]),
    );
  }

  /** Looks at the group now, not at the next beat. */
  rejoin(): void {
    this.#rejoin = true;
    this.#wake?.();
  }

  /** Gives everything back at once. Who is just joining leaves when it has: else the group would wait for nobody. */
  async leave(): Promise<void> {
    this.#stop.abort();
    this.#wake?.();
    await Promise.race([this.#ended, pause(LEAVE_MS, new AbortController().signal)]);
  }

  async #findCoordinator(): Promise<KafkaBroker> {
    const { connection } = this.#link;
    if (this.#coordinator?.connection !== connection)
      this.#coordinator = { broker: await this.#link.coordinator(this.#options.group), connection };
    return this.#coordinator.broker;
  }

  async #join(): Promise<void> {
    const { group, topics } = this.#options;
    this.#rejoin = false;
    this.#joining = true;
    const coordinator = await this.#findCoordinator();
    const joined = await answered(
      "join",
      coordinator.joinGroup({
        groupId: group,
        sessionTimeout: SESSION_MS,
        rebalanceTimeout: REBALANCE_MS,
        memberId: this.#member_id,
        groupProtocols: [
          {
            name: PROTOCOL,
            metadata: encodeSubscription({ topics, generation: this.#generation, held: this.#held }),
          },
        ],
      }),
      REBALANCE_MS,
    );
    this.#member_id = joined.memberId;
    this.#leads = joined.leaderId === joined.memberId;
    const answer = await answered(
      "share out",
      coordinator.syncGroup({
        groupId: group,
        generationId: joined.generationId,
        memberId: joined.memberId,
        groupAssignment: this.#leads ? await this.#shareOut(joined) : [],
      }),
      REBALANCE_MS,
    );
    if (this.#stop.signal.aborted) return;
    const kept = joined.generationId === this.#generation + 1 || joined.generationId === this.#generation;
    this.#generation = joined.generationId;
    this.#held = decodeAssignment(answer.memberAssignment);
    this.#alive_ms = this.#options.clock.monotonic();
    this.#options.onAssigned(this.#held, kept);
    this.#joining = false;
    this.#settled?.resolve();
    this.#settled = null;
  }

  async #shareOut(joined: JoinedGroup): Promise<{ memberId: string; memberAssignment: Buffer }[]> {
    const members = joined.members.map((member) =>
      decodeSubscription(member.memberId, member.memberMetadata),
    );
    await this.#link.refresh();
    this.#counts = await this.#count([...new Set(members.flatMap((member) => member.topics))]);
    return [...assignPartitions(members, this.#counts)].map(([memberId, partitions]) => ({
      memberId,
      memberAssignment: encodeAssignment(partitions),
    }));
  }

  async #count(topics: readonly string[]): Promise<Map<string, number>> {
    const counts = new Map<string, number>();
    for (const topic of topics) counts.set(topic, (await this.#link.leaders(topic)).size);
    return counts;
  }

  /** Says "alive" until the group changes or a word of ours is wanted. */
  async #beat(): Promise<void> {
    const { group, clock, stuck } = this.#options;
    while (!this.#stop.signal.aborted && this.#settled === null && stuck() === null) {
      const sent_ms = clock.monotonic();
      const coordinator = await this.#findCoordinator();
      await answered(
        "beat",
        coordinator.heartbeat({
          groupId: group,
          groupGenerationId: this.#generation,
          memberId: this.#member_id,
        }),
      );
      this.#rejoin = false;
      const silent = !this.#heard;
      this.#alive_ms = sent_ms;
      if (silent) this.#options.onAlive();
      if (this.#leads && clock.monotonic() - this.#looked_ms > LOOK_MS) {
        this.#looked_ms = clock.monotonic();
        await this.#link.refresh();
        const counts = await this.#count([...this.#counts.keys()]);
        if ([...counts].some(([topic, count]) => count !== this.#counts.get(topic))) {
          await this.#unsettle();
          return;
        }
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, BEAT_MS);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
        if (this.#rejoin || this.#stop.signal.aborted) this.#wake();
      });
    }
  }

  /** Begins no more; what is in flight may still be committed in the generation that ends. */
  async #unsettle(): Promise<void> {
    this.#settled ??= Promise.withResolvers();
    if (!this.#joining) await this.#options.settle();
  }

  /** The group went on without this member: all that it held may be another's. */
  #expelled(still_known = false): void {
    this.#settled ??= Promise.withResolvers();
    this.#joining = true;
    if (!still_known) this.#member_id = "";
    this.#generation = -1;
    this.#held = new Map();
    this.#options.onAssigned(this.#held, false);
    // Those who wait to commit learn it now, not after the next join.
    this.#settled.resolve();
    this.#settled = Promise.withResolvers();
  }

  /** A batch that never ends: others shall have the partitions. Comes back once it has ended. */
  async #sitOut(why: string): Promise<void> {
    this.#options.onWarning(`${why}: its member leaves the group ${this.#options.group} until it has ended`);
    await this.#leaveGroup();
    this.#expelled();
    while (!this.#stop.signal.aborted && this.#options.stuck() !== null)
      await pause(BEAT_MS, this.#stop.signal);
  }

  async #leaveGroup(): Promise<void> {
    const memberId = this.#member_id;
    if (memberId === "") return;
    this.#member_id = "";
    const leaving = this.#findCoordinator().then((coordinator) =>
      coordinator.leaveGroup({ groupId: this.#options.group, memberId }),
    );
    await within(LEAVE_MS, "leave the group", leaving).catch(() => {});
  }
}
