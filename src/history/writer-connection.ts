/**
 * One connection for writing: transactions that begin with a binary COPY into a temporary table.
 *
 * Traps of postgres.js that this file knows: an error that the server reports after the end of a COPY is lost,
 * and "finish" never comes, so nobody waits for it, and the next statement fails with 25P02 instead; a statement on a reserved
 * connection that has ended breaks the process, so a connection that had any trouble is thrown away.
 */
import type { ReservedSql, Sql } from "../postgres.ts";
import { sqlState } from "../postgres.ts";
import type { Parameter } from "./reader.ts";
import { endSql } from "./unavailable.ts";

const CLOSED = "CONNECTION_CLOSED";
/** How long a COPY that has failed before may take to say why. */
const COPY_WORDS_MS = 1_000;
const TURNS_MAX = 1_000;

export class WriterConnection {
  readonly #sql: Sql;
  readonly #reserved: ReservedSql;
  readonly #ended: { yes: boolean };
  /** Staging tables that this session has. */
  readonly #staged = new Set<string>();

  private constructor(sql: Sql, reserved: ReservedSql, ended: { yes: boolean }) {
    this.#sql = sql;
    this.#reserved = reserved;
    this.#ended = ended;
  }

  /** @param open Makes a pool of one connection. */
  static async open(
    open: (onclose: () => void) => Sql,
    onMade: (sql: Sql) => void,
  ): Promise<WriterConnection> {
    const ended = { yes: false };
    const sql = open(() => (ended.yes = true));
    onMade(sql);
    // Connects first: without array types the driver never answers a reservation that has to connect.
    await sql`select`;
    return new WriterConnection(sql, await sql.reserve(), ended);
  }

  get usable(): boolean {
    return !this.#ended.yes;
  }

  /** Statements without parameters, sent as one message. @returns The rows of the last. */
  async simple<T extends object>(text: string): Promise<T[]> {
    const results: unknown = await this.#send(() => this.#reserved.unsafe(text));
    const last: unknown = Array.isArray(results) && Array.isArray(results.at(-1)) ? results.at(-1) : results;
    return last as T[];
  }

  async rows<T extends object>(text: string, parameters: readonly Parameter[]): Promise<T[]> {
    return [
      ...(await this.#send(() => this.#reserved.unsafe<T[]>(text, [...parameters], { prepare: true }))),
    ];
  }

  async ensureStaging(table: string, create: string): Promise<void> {
    if (this.#staged.has(table)) return;
    await this.simple(create);
    this.#staged.add(table);
  }

  /**
   * Sends rows as a binary COPY. What is wrong with them shows in the next statement, as 25P02.
   *
   * @param careful Waits before the end of the data, while the server can still say what it refuses.
   */
  async copy(statement: string, bytes: Buffer, careful: boolean): Promise<void> {
    const stream = await this.#send(() => this.#reserved.unsafe(statement).writable());
    let failed: Error | null = null;
    let wake: () => void = () => {};
    stream.on("error", (error: Error) => {
      failed ??= error;
      wake();
    });
    await new Promise<void>((done, fail) => {
      wake = () => fail(failed ?? new Error("The COPY has ended"));
      if (failed !== null) wake();
      else stream.write(bytes, (error) => (error ? fail(error) : done()));
    });
    if (careful) {
      await new Promise<void>((done, fail) => {
        const timer = setTimeout(done, COPY_WORDS_MS);
        wake = () => {
          clearTimeout(timer);
          fail(failed ?? new Error("The COPY has ended"));
        };
        if (failed !== null) wake();
      });
    }
    stream.end();
    // The driver lets go of the stream in its next turn, and refuses statements before, which is dear.
    await new Promise<void>((next) => setImmediate(next));
  }

  async close(timeout_s: number): Promise<void> {
    // A reserved connection is never done by itself, and one that has ended must not be given back.
    if (timeout_s > 0 && !this.#ended.yes) this.#reserved.release();
    this.#ended.yes = true;
    await endSql(this.#sql, timeout_s);
  }

  /** The driver takes no statement before a COPY's end has gone out, which is a turn or two of the loop later. */
  async #send<T>(statement: () => Promise<T>): Promise<T> {
    for (let turns = 0; ; turns++) {
      this.#check();
      try {
        return await statement();
      } catch (error) {
        if (sqlState(error) !== "COPY_IN_PROGRESS" || turns > TURNS_MAX) throw error;
        await new Promise<void>((next) => setImmediate(next));
      }
    }
  }

  #check(): void {
    if (this.#ended.yes)
      throw Object.assign(new Error("The connection to the server has ended"), { code: CLOSED });
  }
}
