/** Who waits for what to grow: ends of partitions as far as this process knows them, and calls to the members of a group. */

export class Bell {
  readonly #ends = new Map<number, number>();
  readonly #partitions = new Map<number, Set<() => void>>();
  readonly #groups = new Map<string, Set<() => void>>();

  /** The greatest end known; the true one may be further. */
  end(partition_id: number): number {
    return this.#ends.get(partition_id) ?? 0;
  }

  /** A partition is seen to reach to `end`. */
  raise(partition_id: number, end: number): void {
    if (end <= this.end(partition_id)) return;
    this.#ends.set(partition_id, end);
    for (const wake of this.#partitions.get(partition_id) ?? []) wake();
  }

  /** The end as the server has it, also when that is less than was believed. */
  correct(partition_id: number, end: number): void {
    // News for the partition's other readers, whom nobody else will wake: what is told later is no longer new.
    if (end > this.end(partition_id)) return this.raise(partition_id, end);
    this.#ends.set(partition_id, end);
  }

  /** Something changed in a group: its members look again. */
  callGroup(group: string): void {
    for (const wake of this.#groups.get(group) ?? []) wake();
  }

  /** @returns what takes the listener off again. */
  onPartition(partition_id: number, wake: () => void): () => void {
    return listen(this.#partitions, partition_id, wake);
  }

  onGroup(group: string, wake: () => void): () => void {
    return listen(this.#groups, group, wake);
  }
}

function listen<K>(listeners: Map<K, Set<() => void>>, key: K, wake: () => void): () => void {
  let all = listeners.get(key);
  if (all === undefined) listeners.set(key, (all = new Set()));
  all.add(wake);
  return () => {
    all.delete(wake);
    if (all.size === 0 && listeners.get(key) === all) listeners.delete(key);
  };
}

/** A wake-up that is not lost: rung while nobody waits, the next wait returns at once. */
export class Wake {
  #rung = false;
  #resolve: (() => void) | null = null;

  readonly ring = (): void => {
    this.#rung = true;
    this.#resolve?.();
  };

  /** Until it is rung, or `timeout_ms` have passed. */
  async wait(timeout_ms?: number): Promise<void> {
    if (!this.#rung) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      await new Promise<void>((resolve) => {
        this.#resolve = resolve;
        if (timeout_ms !== undefined) timer = setTimeout(resolve, timeout_ms);
      });
      clearTimeout(timer);
      this.#resolve = null;
    }
    this.#rung = false;
  }
}
