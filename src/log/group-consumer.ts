/** A member of a group: beats, holds partitions, and runs a task for each. */
import { FencedError, LogUnavailableError } from "../core/errors.ts";
import type { Clock } from "../core/time.ts";
import type { Membership, RowSource } from "./backend.ts";
import { Wake } from "./bell.ts";
import type { Consumer, ConsumeOptions } from "./log.ts";
import { PartitionTask } from "./partition-task.ts";
import type { Lease } from "./share.ts";

export class GroupConsumer implements Consumer {
  readonly done: Promise<void>;
  readonly #source: RowSource;
  readonly #membership: Membership;
  readonly #options: ConsumeOptions;
  readonly #clock: Clock;
  readonly #tasks = new Map<number, PartitionTask>();
  /** Of partitions that are leaving us: a new assignment of the same one waits for them. */
  readonly #leaving = new Map<number, PartitionTask>();
  readonly #wake = new Wake();
  #settle: { resolve: () => void; reject: (error: unknown) => void };
  #closing: Promise<void> | null = null;
  #fresh_until_ms = 0;

  private constructor(source: RowSource, membership: Membership, options: ConsumeOptions, clock: Clock) {
    this.#source = source;
    this.#membership = membership;
    this.#options = options;
    this.#clock = clock;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.done = promise;
    this.#settle = { resolve, reject };
    // Whoever watches `done` is told; that nobody watches must not end the process by itself.
    promise.catch(() => {});
  }

  /** Resolves when the member has joined and knows where its partitions start. @throws {LogUnavailableError} */
  static async start(
    source: RowSource,
    membership: Membership,
    options: ConsumeOptions,
    clock: Clock,
  ): Promise<GroupConsumer> {
    const consumer = new GroupConsumer(source, membership, options, clock);
    try {
      await consumer.#beat();
    } catch (error) {
      await membership.leave().catch(() => {});
      throw error;
    }
    void consumer.#loop();
    return consumer;
  }

  async commit(topic: string, partition: number, next_offset: number): Promise<void> {
    await this.#task(topic, partition).commit(next_offset);
  }

  seek(topic: string, partition: number, offset: number): void {
    for (const task of this.#tasks.values()) {
      if (task.lease.topic === topic && task.lease.partition === partition) task.seek(offset);
    }
  }

  assignment(): readonly { topic: string; partition: number }[] {
    return [...this.#tasks.values()].map(({ lease }) => ({ topic: lease.topic, partition: lease.partition }));
  }

  close(): Promise<void> {
    return this.#end(null);
  }

  #task(topic: string, partition: number): PartitionTask {
    for (const task of [...this.#tasks.values(), ...this.#leaving.values()]) {
      if (task.lease.topic === topic && task.lease.partition === partition) return task;
    }
    throw new FencedError(
      `Cannot commit ${topic}-${partition} for ${this.#options.group}: this member does not hold it`,
    );
  }

  async #loop(): Promise<void> {
    const off = this.#membership.onChange(this.#wake.ring);
    try {
      while (this.#closing === null) {
        await this.#wake.wait(this.#membership.beat_ms);
        if (this.#closing !== null) return;
        try {
          await this.#beat();
        } catch (error) {
          // Away: the tasks pause when the lease may be over, and go on after the next beat that succeeds.
          if (!(error instanceof LogUnavailableError)) void this.#end(error);
        }
      }
    } finally {
      off();
    }
  }

  async #beat(): Promise<void> {
    const asked_ms = this.#clock.monotonic();
    const { held, give } = await this.#membership.beat();
    const was_fresh = this.#fresh();
    this.#fresh_until_ms = asked_ms + this.#membership.lease_ms;
    if (this.#closing !== null) return;
    const now = new Map(held.map((lease) => [lease.partition_id, lease]));
    for (const [id, task] of this.#tasks) {
      if (now.get(id)?.generation !== task.lease.generation) this.#drop(task, "lost");
    }
    const giving = new Set(give.map((lease) => lease.partition_id));
    for (const lease of give) {
      const task = this.#tasks.get(lease.partition_id);
      if (task !== undefined) this.#drop(task, "given");
      else if (!this.#leaving.has(lease.partition_id)) await this.#membership.release(lease);
    }
    const fresh = held.filter(
      (l) =>
        !giving.has(l.partition_id) && !this.#tasks.has(l.partition_id) && !this.#leaving.has(l.partition_id),
    );
    const starts = await Promise.all(fresh.map((lease) => this.#startOffset(lease)));
    if (this.#closing !== null) return;
    fresh.forEach((lease, n) => this.#take(lease, starts[n]!));
    if (!was_fresh) for (const task of this.#tasks.values()) task.wake.ring();
  }

  /** "latest" means now, not when the first batch is asked for. */
  async #startOffset(lease: Lease): Promise<number | null> {
    if (lease.committed_offset !== null || this.#options.position !== undefined) return null;
    return this.#source.startOffset(lease, this.#options.from ?? "earliest");
  }

  #take(lease: Lease, start_offset: number | null): void {
    const bound = (): PartitionTask => task;
    const consumer: Consumer = {
      done: this.done,
      commit: async (topic, partition, next_offset) => {
        const mine =
          topic === lease.topic && partition === lease.partition ? bound() : this.#task(topic, partition);
        await mine.commit(next_offset);
      },
      seek: (topic, partition, offset) => this.seek(topic, partition, offset),
      assignment: () => this.assignment(),
      close: () => this.close(),
    };
    const task = new PartitionTask(lease, start_offset, {
      source: this.#source,
      membership: this.#membership,
      options: this.#options,
      consumer,
      fresh: () => this.#fresh(),
    });
    this.#tasks.set(lease.partition_id, task);
    task.done.catch((error: unknown) => {
      // What fails after the partition was lost concerns nobody any more.
      if (this.#tasks.get(lease.partition_id) === task) void this.#end(error);
    });
  }

  /**
   * Given back: its batch may end first, for as long as a lease; then another has it, and what is still in
   * flight is fenced. Lost: at once.
   */
  #drop(task: PartitionTask, how: "given" | "lost"): void {
    const id = task.lease.partition_id;
    this.#tasks.delete(id);
    if (how === "lost") task.lose();
    const stopped = task.stop();
    const late = new Promise<void>((resolve) => setTimeout(resolve, this.#membership.lease_ms).unref());
    const released =
      how === "lost" ? Promise.resolve() : Promise.race([stopped, late]).then(() => this.#release(task));
    this.#leaving.set(id, task);
    void Promise.all([stopped, released]).then(() => {
      this.#leaving.delete(id);
      this.#wake.ring();
    });
  }

  async #release(task: PartitionTask): Promise<void> {
    task.lose();
    try {
      await this.#membership.release(task.lease);
    } catch {
      // Still ours for the server: the next beat shows it as held, and gives it back again.
    }
  }

  #fresh(): boolean {
    return this.#clock.monotonic() < this.#fresh_until_ms;
  }

  #end(error: unknown): Promise<void> {
    this.#closing ??= this.#shutDown(error);
    return this.#closing;
  }

  async #shutDown(error: unknown): Promise<void> {
    this.#wake.ring();
    await Promise.all([...this.#tasks.values(), ...this.#leaving.values()].map((task) => task.stop()));
    await this.#membership.leave().catch(() => {});
    this.#tasks.clear();
    if (error === null) this.#settle.resolve();
    else this.#settle.reject(error);
  }
}
