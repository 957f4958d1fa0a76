/** A group that is one member, and is forgotten with it. */
import type { Membership } from "./backend.ts";
import type { Lease } from "./share.ts";

/** Every partition is its own, and nothing is kept. */
export class EphemeralMembership implements Membership {
  readonly beat_ms = 1_000;
  readonly lease_ms = Number.MAX_SAFE_INTEGER;
  readonly #look: () => Promise<readonly Lease[]>;

  /** @param look All partitions of its topics. */
  constructor(look: () => Promise<readonly Lease[]>) {
    this.#look = look;
  }

  async beat(): Promise<{ held: readonly Lease[]; give: readonly Lease[] }> {
    return { held: await this.#look(), give: [] };
  }

  release(): Promise<void> {
    return Promise.resolve();
  }

  commit(): Promise<boolean> {
    return Promise.resolve(true);
  }

  leave(): Promise<void> {
    return Promise.resolve();
  }

  onChange(): () => void {
    return () => {};
  }
}
