/**
 * One connection whose transaction, locks and search path must not be lost unnoticed: the driver would open another in its
 * place without a word. Binary COPY in both directions, with what the driver leaves to its callers.
 */
import { BLOCK_BYTES } from "./frames.ts";
import { openSql, sqlState, type Sql } from "../postgres.ts";

const TURNS_MAX = 1_000;
const GONE_MS = 100;
const GONE_TRIES_MAX = 20;

/** Why the connection is no more, and who must hear of it. */
interface Ended {
  why: Error | null;
  tell: (error: Error) => void;
}

export class Session {
  readonly #sql: Sql;
  readonly #ended: Ended;

  private constructor(sql: Sql, ended: Ended) {
    this.#sql = sql;
    this.#ended = ended;
  }

  /**
   * @param schema Put before the address's own search path: what is named without a schema is there.
   * @throws {ConfigError} if the address asks for an encryption that there is not; what the driver throws if nobody answers.
   */
  static async open(url: string, application_name: string, schema?: string): Promise<Session> {
    const ended: Ended = { why: null, tell: () => {} };
    const at = schema === undefined ? url : `${url}${url.includes("?") ? "&" : "?"}search_path=${schema}`;
    let first = true;
    const sql = openSql(at, {
      max: 1,
      application_name,
      statement_timeout_ms: 0,
      idle_in_transaction_ms: 0,
      onclose() {
        // One that never came to be is told by the statement that wanted it.
        if (first) return;
        ended.why ??= new Error("The connection to the server has ended");
        ended.tell(ended.why);
      },
    });
    await sql`select`;
    first = false;
    return new Session(sql, ended);
  }

  /** For what takes a pool: it is this connection, and no transaction may be open. */
  get sql(): Sql {
    this.#check();
    return this.#sql;
  }

  async rows<T extends object>(
    text: string,
    parameters: readonly (string | number | boolean | null)[] = [],
  ): Promise<T[]> {
    const rows = [...(await this.#send(() => this.#sql.unsafe<T[]>(text, [...parameters])))];
    this.#check();
    return rows;
  }

  /** Statements without parameters and without an answer. */
  async run(text: string): Promise<void> {
    await this.#send(() => this.#sql.unsafe(text).simple());
    this.#check();
  }

  /**
   * Asks until the answer is true: the server takes a moment to notice that who held something has gone.
   *
   * @returns false where it is still not true after two seconds.
   */
  async comesTrue(question: string): Promise<boolean> {
    for (let tries = 0; ; tries++) {
      const [row] = await this.rows<{ yes: boolean }>(`select (${question}) as yes`);
      if (row?.yes === true) return true;
      if (tries === GONE_TRIES_MAX) return false;
      await new Promise<void>((next) => setTimeout(next, GONE_MS));
    }
  }

  /** All or nothing. */
  async transaction<T>(begin: string, work: () => Promise<T>): Promise<T> {
    await this.run(begin);
    try {
      const result = await work();
      await this.run("commit");
      return result;
    } catch (error) {
      if (this.#ended.why === null) await this.run("rollback").catch(() => {});
      throw error;
    }
  }

  /** Binary COPY of a query, in blocks of about a megabyte; the server waits while nobody reads. */
  async *copyOut(query: string): AsyncGenerator<Buffer> {
    const stream = await this.#send(() =>
      this.#sql.unsafe(`copy (${query}) to stdout (format binary)`).readable(),
    );
    let held: Buffer[] = [];
    let bytes = 0;
    let done = false;
    let failed: Error | null = null;
    let wake = (): void => {};
    const fail = (error: Error): void => {
      failed ??= error;
      wake();
    };
    this.#ended.tell = fail;
    stream.on("error", fail);
    stream.on("end", () => {
      done = true;
      // The driver pauses the socket at the last full piece, and nobody reads on to resume it: the server's last words would wait.
      stream["_read"](0);
      wake();
    });
    stream.on("data", (row: Buffer) => {
      held.push(row);
      bytes += row.length;
      if (bytes < BLOCK_BYTES) return;
      stream.pause();
      wake();
    });
    try {
      for (;;) {
        if (failed !== null) throw failed as Error;
        if (bytes >= BLOCK_BYTES || (done && bytes > 0)) {
          const block = Buffer.concat(held, bytes);
          [held, bytes] = [[], 0];
          // The next block comes while this one is worked on.
          if (!done) stream.resume();
          yield block;
        } else if (done) return;
        else await new Promise<void>((next) => (wake = next));
      }
    } finally {
      this.#ended.tell = () => {};
      // Given up in the middle: what the server still sends is of no use, and the session neither.
      if (!done) await this.close();
    }
  }

  /** Binary COPY into a table. @throws what the server refuses, unless it says so after the last byte: compare what is there. */
  async copyIn(into: string, blocks: AsyncIterable<Buffer>): Promise<void> {
    const stream = await this.#send(() =>
      this.#sql.unsafe(`copy ${into} from stdin (format binary)`).writable(),
    );
    let failed: Error | null = null;
    let wake = (): void => {};
    const fail = (error: Error): void => {
      failed ??= error;
      wake();
    };
    this.#ended.tell = fail;
    stream.on("error", fail);
    try {
      for await (const block of blocks) {
        await new Promise<void>((next, no) => {
          wake = () => no(failed ?? new Error("The COPY has ended"));
          if (failed !== null) wake();
          else stream.write(block, (error) => (error ? no(failed ?? error) : next()));
        });
      }
    } catch (error) {
      // Not ended: the server must not take what came so far for all.
      await this.close();
      throw failed ?? error;
    } finally {
      this.#ended.tell = () => {};
    }
    stream.end();
    await new Promise<void>((next) => setImmediate(next));
  }

  /** Cuts the connection; locks and an open transaction go with it. Idempotent. */
  async close(): Promise<void> {
    this.#ended.why ??= new Error("The connection was closed");
    await this.#sql.end({ timeout: 0 }).catch(() => {});
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
    if (this.#ended.why !== null) throw this.#ended.why;
  }
}
