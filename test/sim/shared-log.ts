/** The log's server in memory: what it tells its processes takes a while, and it may be away for some of them. */
import { LogUnavailableError } from "../../src/core/errors.ts";
import { Bell } from "../../src/log/bell.ts";
import { MemoryGroup } from "../../src/log/memory-group.ts";
import { MemoryStore, type MemoryPartition } from "../../src/log/memory-store.ts";
import { StoredRow } from "../../src/log/stored-row.ts";
import type { Process, World } from "./world.ts";

/** Most news come at once; some are lost, and found when the reader looks by itself. */
const newsDelay = ({ chance }: World): number =>
  chance.is(0.05) ? chance.part() * 1_500 : chance.part() * 4;

export class SharedLog extends MemoryStore {
  override epoch = "simulated";
  readonly #world: World;
  /** Planted: offsets are given before rows are visible. */
  readonly #by_sequence: boolean;
  readonly #named = new Map<string, MemoryGroup>();
  /** Processes that cannot reach it, and until when. */
  readonly cut = new Map<Process, number>();

  constructor(world: World, by_sequence: boolean) {
    super();
    this.#world = world;
    this.#by_sequence = by_sequence;
  }

  override partitions(topic: string): readonly MemoryPartition[] {
    const { here, ms } = this.#world;
    if ((this.cut.get(here) ?? 0) > ms) throw new LogUnavailableError("Cannot reach the log: it is cut off");
    return super.partitions(topic);
  }

  override group(name: string): MemoryGroup {
    let group = this.#named.get(name);
    if (group === undefined) this.#named.set(name, (group = new RemoteGroup(this.#world)));
    return group;
  }

  override join(bell: Bell): () => void {
    return super.join(new RemoteBell(this.#world, bell));
  }

  override add(partition: MemoryPartition, plain: Uint8Array, count: number, now_ms: number): void {
    if (!this.#by_sequence || !this.#world.chance.is(0.1)) return super.add(partition, plain, count, now_ms);
    const [from, to] = [partition.end_offset, partition.end_offset + count];
    partition.end_offset = to;
    this.#world.after(
      this.#world.chance.part() * 200,
      () => {
        partition.rows.push(new StoredRow(plain, from, to, now_ms));
        partition.rows.sort((a, b) => a.base_offset - b.base_offset);
      },
      this.#world.server,
    );
  }
}

class RemoteBell extends Bell {
  readonly #world: World;
  readonly #bell: Bell;
  readonly #where: Process;

  constructor(world: World, bell: Bell) {
    super();
    this.#world = world;
    this.#bell = bell;
    this.#where = world.here;
  }

  override raise(partition_id: number, end: number): void {
    if (!this.#where.alive) return;
    this.#world.after(newsDelay(this.#world), () => this.#bell.raise(partition_id, end), this.#where);
  }
}

class RemoteGroup extends MemoryGroup {
  readonly #world: World;
  readonly #where = new WeakMap<() => void, Process>();

  constructor(world: World) {
    super();
    this.#world = world;
    const add = this.wakes.add.bind(this.wakes);
    this.wakes.add = (wake) => {
      this.#where.set(wake, world.here);
      return add(wake);
    };
  }

  override changed(): void {
    for (const wake of this.wakes) {
      const where = this.#where.get(wake);
      if (where === undefined) continue;
      if (where.alive) this.#world.after(newsDelay(this.#world), wake, where);
      else this.wakes.delete(wake);
    }
  }
}
