/**
 * Connections that cannot hang a caller. postgres.js may leave a statement unsettled for ever (a server that
 * hangs, or that closes during startup): every statement has a deadline, and one that misses it takes its
 * connections with it.
 */
import { LogUnavailableError } from "../core/errors.ts";
import { sqlState, type Sql } from "../postgres.ts";

export class GuardedSql {
  readonly #open: () => Sql;
  #sql: Sql | null = null;
  #closed = false;

  constructor(open: () => Sql) {
    this.#open = open;
  }

  /**
   * @param what For the error: `append to "traffic-raw"`.
   * @throws {LogUnavailableError} when the server is away, refuses, or does not answer in time.
   */
  async run<T>(what: string, use: (sql: Sql) => Promise<T>, deadline_ms = 5_000): Promise<T> {
    if (this.#closed) throw new LogUnavailableError(`Cannot ${what}: the log is closed`);
    const sql = (this.#sql ??= this.#open());
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.#retire(sql);
        reject(new LogUnavailableError(`Cannot ${what}: no answer within ${deadline_ms} ms`));
      }, deadline_ms);
    });
    try {
      return await Promise.race([use(sql), late]);
    } catch (error) {
      throw this.#told(what, error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** The same for what may be done twice: a connection that was lost meanwhile is replaced once. */
  async ask<T>(what: string, use: (sql: Sql) => Promise<T>, deadline_ms = 5_000): Promise<T> {
    try {
      return await this.run(what, use, deadline_ms);
    } catch (error) {
      if (
        this.#closed ||
        !(error instanceof LogUnavailableError) ||
        sqlState(error.cause) !== "CONNECTION_CLOSED"
      )
        throw error;
      return this.run(what, use, deadline_ms);
    }
  }

  /** Within about a second, whatever the server does. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    const sql = this.#sql;
    this.#sql = null;
    if (sql !== null) await endSql(sql, 0.3);
  }

  #retire(sql: Sql): void {
    if (this.#sql === sql) this.#sql = null;
    void endSql(sql, 0);
  }

  #told(what: string, error: unknown): unknown {
    if (error instanceof LogUnavailableError || isMistake(error)) return error;
    if (!(error instanceof Error) || sqlState(error) === null) return error;
    return new LogUnavailableError(`Cannot ${what}: ${error.message}`, { cause: error });
  }
}

/** Ends connections; those that do not end in time are cut. */
export const endSql = async (sql: Sql, timeout_s: number): Promise<void> => {
  await Promise.race([
    sql.end({ timeout: timeout_s }).catch(() => {}),
    new Promise((r) => setTimeout(r, timeout_s * 1_000 + 200)),
  ]);
};

/** Classes 22, 23 and 42 are mistakes of ours: trying again would only hide them. */
const isMistake = (error: unknown): boolean => /^(22|23|42)[0-9A-Z]{3}$/.test(sqlState(error) ?? "");
