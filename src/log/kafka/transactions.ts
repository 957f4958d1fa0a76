/**
 * Which batches of a partition a reader of what is committed passes over (KIP-98, `read_committed`): the markers that
 * the broker writes at the end of transactions, and the records of transactions that were given up.
 */
import type { BatchHead } from "./records.ts";

/** A transaction that was given up, as the answer to a fetch names it. */
export interface Aborted {
  producer_id: number;
  first_offset: number;
}

export class Transactions {
  /** Given up, and not begun yet where we read. */
  #coming: readonly Aborted[] = [];
  readonly #open = new Set<number>();

  /** Before the first batch of an answer, which names all that reach into it. */
  learn(aborted: readonly Aborted[]): void {
    this.#coming = aborted;
  }

  /** Asked of each batch, in order. */
  passesOver(head: Pick<BatchHead, "base_offset" | "control" | "transactional" | "producer_id">): boolean {
    if (this.#coming.length > 0) {
      for (const { producer_id, first_offset } of this.#coming)
        if (first_offset <= head.base_offset) this.#open.add(producer_id);
      this.#coming = this.#coming.filter(({ first_offset }) => first_offset > head.base_offset);
    }
    if (head.control) this.#open.delete(head.producer_id);
    return head.control || (head.transactional && this.#open.has(head.producer_id));
  }
}
