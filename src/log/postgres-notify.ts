/** News between processes: LISTEN and NOTIFY, gathered, so that a busy log does not notify for every append. */
import { randomUUID } from "node:crypto";
import type { Sql } from "../postgres.ts";
import type { Bell } from "./bell.ts";
import { endSql, type GuardedSql } from "./guarded-sql.ts";

const CHANNEL = "arterial_log";
/** How long news is gathered, ms. */
const GATHER_MS = 20;
/** A notification holds less than 8,000 bytes: beyond so many partitions it only says "look". */
const ENDS_MAX = 200;

interface News {
  from: string;
  /** `[partition_id, end]`; null says that there are too many to tell. */
  ends: [number, number][] | null;
  groups: string[];
}

export class PostgresNotify {
  readonly #sql: GuardedSql;
  readonly #open: () => Sql;
  readonly #bell: Bell;
  readonly #look: () => void;
  readonly #self = randomUUID();
  readonly #ends = new Map<number, number>();
  readonly #groups = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #listener: Sql | null = null;
  #closed = false;

  /** @param look Asked for when the news was too long to be told. */
  constructor(sql: GuardedSql, open: () => Sql, bell: Bell, look: () => void) {
    this.#sql = sql;
    this.#open = open;
    this.#bell = bell;
    this.#look = look;
  }

  /** Tells other processes of a new end; this one is told by its bell. */
  grown(partition_id: number, end: number): void {
    this.#ends.set(partition_id, end);
    this.#later();
  }

  groupChanged(group: string): void {
    this.#groups.add(group);
    this.#later();
  }

  /** Listens, anew if it did. Without it news comes by polling only. */
  listen(): void {
    if (this.#closed) return;
    if (this.#listener !== null) void endSql(this.#listener, 0);
    const listener = this.#open();
    this.#listener = listener;
    listener.listen(CHANNEL, (payload) => this.#heard(payload)).catch(() => {});
  }

  async close(): Promise<void> {
    this.#closed = true;
    const last = this.#timer === null ? null : this.#send(200).catch(() => {});
    if (this.#timer !== null) clearTimeout(this.#timer);
    await Promise.all([last, this.#listener === null ? null : endSql(this.#listener, 0.1)]);
  }

  #later(): void {
    if (this.#closed) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      // Lost news is found by polling.
      this.#send().catch(() => {});
    }, GATHER_MS);
  }

  async #send(deadline_ms = 500): Promise<void> {
    const news: News = {
      from: this.#self,
      ends: this.#ends.size > ENDS_MAX ? null : [...this.#ends],
      groups: [...this.#groups].slice(0, 20),
    };
    this.#ends.clear();
    this.#groups.clear();
    await this.#sql.run(
      "notify",
      (sql) => sql`select pg_notify(${CHANNEL}, ${JSON.stringify(news)})`,
      deadline_ms,
    );
  }

  #heard(payload: string): void {
    const news: News = JSON.parse(payload);
    if (news.from === this.#self || this.#closed) return;
    if (news.ends === null) this.#look();
    for (const [partition_id, end] of news.ends ?? []) this.#bell.raise(partition_id, end);
    for (const group of news.groups) this.#bell.callGroup(group);
  }
}
