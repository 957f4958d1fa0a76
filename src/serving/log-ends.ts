/** The log's ends for who tells of the ledger: as they are, or while the log is away as they were told last. */
import { LogUnavailableError } from "../core/errors.ts";
import { inTime } from "../core/in-time.ts";
import type { Log, PartitionEnds } from "../log/log.ts";

export interface Ends {
  /** Empty before the log has ever answered. */
  ends: readonly PartitionEnds[];
  away: boolean;
}

/** A log that has not answered in this time, ms, is away for now. */
const ANSWER_MS_MAX = 1_000;

export class LogEnds {
  readonly #log: Pick<Log, "ends">;
  readonly #topics: readonly string[];
  #last: readonly PartitionEnds[] = [];
  #asked: Promise<readonly PartitionEnds[] | null> | null = null;
  #away = false;

  constructor(log: Pick<Log, "ends">, topics: readonly string[]) {
    this.#log = log;
    this.#topics = topics;
  }

  /** Waits for a log that was there a moment ago; one that is away is asked meanwhile, and nobody waits for it. */
  async get(): Promise<Ends> {
    const asked = (this.#asked ??= this.#ask());
    asked.catch(() => {});
    if (!this.#away && (await inTime(asked, ANSWER_MS_MAX)) === null) this.#away = true;
    return { ends: this.#last, away: this.#away };
  }

  /** One question at a time. */
  async #ask(): Promise<readonly PartitionEnds[] | null> {
    try {
      this.#last = await this.#log.ends(this.#topics);
      this.#away = false;
      return this.#last;
    } catch (error) {
      if (error instanceof LogUnavailableError) return null;
      throw error;
    } finally {
      this.#asked = null;
    }
  }
}
