/**
 * Who we are to the brokers when we write (KIP-98): a producer's id and epoch, and a number for every record of a
 * partition, by which a broker knows a repeat, and a gap.
 *
 * After a failure nobody knows which numbers were written. The producer goes on in its next epoch with numbers from 0
 * (as KIP-360 has it): should an old batch arrive after all, behind what came later, the broker refuses its epoch.
 */
import type { Producer } from "./encode.ts";

/** After this epoch a producer needs a new id. */
const EPOCH_MAX = 32_767;
/** Numbers go round after this many. */
const SEQUENCES = 2 ** 31;

export class ProducerSession implements Producer {
  readonly producer_id: number;
  readonly producer_epoch: number;
  readonly #sequences = new Map<string, number>();

  constructor({ producer_id, producer_epoch }: Producer) {
    this.producer_id = producer_id;
    this.producer_epoch = producer_epoch;
  }

  /** The number of the first of `count` records for the partition. Who takes it writes them, or ends the session. */
  take(partition: string, count: number): number {
    const sequence = this.#sequences.get(partition) ?? 0;
    this.#sequences.set(partition, (sequence + count) % SEQUENCES);
    return sequence;
  }
}

export class ProducerSessions {
  readonly #newProducer: () => Promise<Producer>;
  #session: Promise<ProducerSession> | null = null;
  /** The same, once it is known. */
  #current: ProducerSession | null = null;

  /** @param newProducer Asks a broker for a new id. */
  constructor(newProducer: () => Promise<Producer>) {
    this.#newProducer = newProducer;
  }

  /** The one that holds now. @throws what `newProducer` throws; the next call asks again. */
  async session(): Promise<ProducerSession> {
    const asked = (this.#session ??= this.#newProducer().then((made) => new ProducerSession(made)));
    try {
      const session = await asked;
      if (asked === this.#session) this.#current = session;
      return session;
    } catch (error) {
      if (asked === this.#session) this.#session = null;
      throw error;
    }
  }

  /** Whoever asks from now on has another. What others still send in the old one, to other partitions, goes on. */
  end(session: ProducerSession): void {
    if (this.#current !== session) return;
    const { producer_id, producer_epoch } = session;
    this.#current = null;
    this.#session =
      producer_epoch >= EPOCH_MAX
        ? null
        : Promise.resolve(new ProducerSession({ producer_id, producer_epoch: producer_epoch + 1 }));
  }
}
