/** Reading: a few connections, each question with a deadline, asked again once when its connection was lost. */
import { HistoryUnavailableError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import { minutes } from "../core/time.ts";
import { sqlState, type Sql } from "../postgres.ts";
import { endSql, told, withDeadline } from "./unavailable.ts";

export type Parameter = string | number | boolean | null;

const LONG_MS_MAX = minutes(10);

export class Reader {
  readonly #open: () => Sql;
  #sql: Sql | null = null;
  #closed = false;

  constructor(open: () => Sql) {
    this.#open = open;
  }

  /**
   * Rows of one statement that may be asked twice.
   *
   * @throws {HistoryUnavailableError}
   */
  async rows<T extends object>(
    what: string,
    text: string,
    parameters: readonly Parameter[] = [],
  ): Promise<T[]> {
    const once = (): Promise<T[]> =>
      this.use(what, async (sql) => [...(await sql.unsafe<T[]>(text, [...parameters], { prepare: true }))]);
    try {
      return await once();
    } catch (error) {
      const lost = error instanceof HistoryUnavailableError && sqlState(error.cause) === "CONNECTION_CLOSED";
      if (!lost || this.#closed) throw error;
      return once();
    }
  }

  /** The same for work over whole tables, which may take minutes. */
  long<T extends object>(what: string, text: string, parameters: readonly Parameter[] = []): Promise<T[]> {
    return this.use(
      what,
      (sql) =>
        sql.begin(async (tx) => {
          await tx`set local statement_timeout = 0`;
          return [...(await tx.unsafe<T[]>(text, [...parameters]))];
        }) as Promise<T[]>,
      LONG_MS_MAX,
    );
  }

  /** Work of several statements, not repeated. @throws {HistoryUnavailableError} */
  async use<T>(
    what: string,
    work: (sql: Sql) => Promise<T>,
    deadline_ms: number = limits.query_ms_max + 1_000,
  ): Promise<T> {
    if (this.#closed) throw new HistoryUnavailableError(`Cannot ${what}: history is closed`);
    const sql = (this.#sql ??= this.#open());
    try {
      return await withDeadline(what, work(sql), deadline_ms, () => this.#retire(sql));
    } catch (error) {
      throw told(what, error);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#sql !== null) await endSql(this.#sql, 1);
    this.#sql = null;
  }

  #retire(sql: Sql): void {
    if (this.#sql === sql) this.#sql = null;
    void endSql(sql, 0);
  }
}
