/** The writer's connections: at most two, each with one transaction at a time. */
import { HistoryUnavailableError } from "../core/errors.ts";
import type { Stream } from "../core/stream.ts";
import { sqlState, type Sql } from "../postgres.ts";
import {
  appendOnce,
  encoderOf,
  tryEvents,
  type AppendCounts,
  type AppendRequest,
  type Way,
} from "./append.ts";
import type { CopyEncoder } from "./copy-encoder.ts";
import type { PartBatch } from "./history-store.ts";
import { findRefused, withoutRefused } from "./poison.ts";
import type { Recent } from "./recent.ts";
import type { AppendStatements } from "./statements.ts";
import { endSql, isDataError, told, withDeadline } from "./unavailable.ts";
import { WriterConnection } from "./writer-connection.ts";

/** Longer than the server's own statement timeout, so that its words are heard first. */
const TRANSACTION_MS_MAX = 20_000;
const CONNECT_MS_MAX = 5_000;
const PROBED_AFTER_A_REPEAT = 32;

export interface WriteRequest {
  stream: Stream;
  parts: readonly PartBatch[];
  statements: AppendStatements;
  now_ms: number;
  recent: Recent;
}

export class WriterPool {
  readonly #free: WriterSlot[];
  readonly #slots: readonly WriterSlot[];
  readonly #waiting: { got: (slot: WriterSlot) => void; closed: () => void }[] = [];
  #closed = false;

  /**
   * @param direct False: rows go by the staging table alone.
   * @param onConnected Told of every connection that is made.
   */
  constructor(
    open: (onclose: () => void) => Sql,
    size: number,
    direct: boolean,
    onConnected: () => void = () => {},
  ) {
    this.#slots = Array.from({ length: size }, () => new WriterSlot(open, direct, onConnected));
    this.#free = [...this.#slots];
  }

  /** Runs with a slot of its own. @throws {HistoryUnavailableError} */
  async use<T>(what: string, work: (slot: WriterSlot) => Promise<T>): Promise<T> {
    const closed = (): HistoryUnavailableError =>
      new HistoryUnavailableError(`Cannot ${what}: history is closed`);
    if (this.#closed) throw closed();
    const slot =
      this.#free.pop() ??
      (await new Promise<WriterSlot>((got, fail) =>
        this.#waiting.push({ got, closed: () => fail(closed()) }),
      ));
    try {
      return await work(slot);
    } catch (error) {
      // After any trouble a new connection is cheaper than knowing what state the old one is in.
      slot.discard();
      throw told(what, error);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free.push(slot);
      else next.got(slot);
    }
  }

  /** Ends what is under way; who waits for a slot is told so at once. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const waiting of this.#waiting.splice(0)) waiting.closed();
    await Promise.all(this.#slots.map((slot) => slot.close()));
  }
}

export class WriterSlot {
  readonly #open: (onclose: () => void) => Sql;
  readonly #direct: boolean;
  readonly #onConnected: () => void;
  readonly #encoders = new Map<Stream, CopyEncoder>();
  #connection: WriterConnection | null = null;
  #opening: Sql | null = null;
  #probe_first = 0;

  constructor(open: (onclose: () => void) => Sql, direct: boolean, onConnected: () => void) {
    this.#open = open;
    this.#direct = direct;
    this.#onConnected = onConnected;
  }

  /**
   * Writes a batch the cheapest way that goes; values that the server refuses are set aside as dead letters.
   *
   * @returns null when some partition stands elsewhere.
   */
  async append(request: WriteRequest): Promise<AppendCounts | null> {
    const full: AppendRequest = { ...request, encoder: this.#encoder(request.stream) };
    for (const way of this.#ways()) {
      const done = await this.#attempt(full, way);
      if (done !== "refused") return done;
      // Repeats of older events seldom come alone: ask before the next batches.
      this.#probe_first = PROBED_AFTER_A_REPEAT;
    }
    try {
      return await this.within((c) => appendOnce(c, full, "staged"));
    } catch (error) {
      if (!mayBeData(error)) throw error;
      this.discard();
      const events = request.parts.flatMap((part) => part.events);
      const refused = await findRefused(events, (some) => this.#try(full, some));
      if (refused.size === 0) throw error;
      const parts = withoutRefused(request.stream, request.parts, refused);
      return await this.within((c) => appendOnce(c, { ...full, parts }, "staged"));
    }
  }

  #ways(): readonly Way[] {
    if (!this.#direct) return [];
    if (this.#probe_first === 0) return ["direct", "probed"];
    this.#probe_first--;
    return ["probed"];
  }

  /** A row that is there already fails the COPY as a whole; so does one that is wrong, which the last way finds. */
  async #attempt(request: AppendRequest, way: Way): Promise<AppendCounts | null | "refused"> {
    try {
      return await this.within((c) => appendOnce(c, request, way));
    } catch (error) {
      if (!mayBeData(error)) throw error;
      await this.within((c) => c.simple("rollback"));
      return "refused";
    }
  }

  /** Runs on this slot's connection, with a deadline. */
  async within<T>(work: (connection: WriterConnection) => Promise<T>): Promise<T> {
    const connection = await this.#connected();
    return withDeadline("write to history", work(connection), TRANSACTION_MS_MAX, () => this.discard());
  }

  discard(): void {
    if (this.#connection !== null) void this.#connection.close(0);
    if (this.#opening !== null) void endSql(this.#opening, 0);
    this.#connection = null;
    this.#opening = null;
  }

  async close(): Promise<void> {
    const connection = this.#connection;
    this.#connection = null;
    await connection?.close(1);
    this.discard();
  }

  /** A COPY that fails says so, without saying why, in the next statement: then the same once more, slowly. */
  async #try(
    request: AppendRequest,
    events: readonly AppendRequest["parts"][number]["events"][number][],
  ): Promise<void> {
    const once = async (way: "staged" | "careful"): Promise<void> => {
      try {
        await this.within((c) => tryEvents(c, request, events, way));
      } catch (error) {
        this.discard();
        throw error;
      }
    };
    try {
      await once("staged");
    } catch (error) {
      if (sqlState(error) !== "25P02") throw error;
      await once("careful");
      throw error;
    }
  }

  async #connected(): Promise<WriterConnection> {
    if (this.#connection?.usable === true) return this.#connection;
    this.discard();
    const opening = WriterConnection.open(this.#open, (sql) => (this.#opening = sql));
    this.#connection = await withDeadline("connect to history", opening, CONNECT_MS_MAX, () =>
      this.discard(),
    );
    this.#opening = null;
    this.#onConnected();
    return this.#connection;
  }

  #encoder(stream: Stream): CopyEncoder {
    let encoder = this.#encoders.get(stream);
    if (encoder === undefined) this.#encoders.set(stream, (encoder = encoderOf(stream)));
    return encoder;
  }
}

const mayBeData = (error: unknown): boolean => isDataError(error) || sqlState(error) === "25P02";
