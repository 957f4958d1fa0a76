/** The one file that knows postgres.js: connections with limits, and what an address says about encryption. */
import { readFileSync } from "node:fs";
import { isIP, type Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import postgres from "postgres";
import { ConfigError } from "./core/errors.ts";
import { guardBegin } from "./postgres-begin.ts";
import { paceOf, Sockets, type SocketTarget } from "./postgres-socket.ts";

export type Sql = postgres.Sql;
export type ReservedSql = postgres.ReservedSql;
export type TransactionSql = postgres.TransactionSql;

export interface SqlOptions {
  /** Connections at most. */
  max: number;
  /** Seen in `pg_stat_activity`. */
  application_name: string;
  /** A statement that runs longer is cancelled by the server, ms. */
  statement_timeout_ms?: number;
  /** A statement that waits longer for somebody's lock is given up, ms. */
  lock_timeout_ms?: number;
  /**
   * A transaction in which nothing is asked for so long is ended by the server, ms: a process that hangs must not keep its
   * locks from those who take over its work.
   */
  idle_in_transaction_ms?: number;
  /** What one step of a statement may hold in memory before it goes to disk, MB; the server's own setting without it. */
  work_memory_mb?: number;
  /** "off" only where offsets are committed with the data, so that a lost commit is simply done again. */
  synchronous_commit?: "on" | "off";
  /** Called whenever a connection has ended: what was reserved on it must not be used again. */
  onclose?: () => void;
}

/**
 * Opens lazily: no connection is made before the first statement, and none after the end: once `end` is called with a
 * timeout of 0, or has settled.
 *
 * @throws {ConfigError} if the address asks for an encryption that there is not.
 */
export function openSql(address: string, options: SqlOptions): Sql {
  const { url, ssl } = encryptionOf(address);
  const pace = paceOf(url);
  const sockets = new Sockets(pace);
  const paced: { socket: (target: SocketTarget) => Promise<Socket> } = {
    socket: (target) => sockets.open(target),
  };
  const sql = postgres(url, {
    ...paced,
    // The first thing that a server says to a session that has begun.
    onparameter: () => pace.welcome(),
    max: options.max,
    ssl,
    onnotice: () => {},
    connect_timeout: 5,
    // Arrays come back as texts, and no statement of the driver's own asks for their types: a server that goes away in that
    // very moment would become a rejection that nobody can catch.
    fetch_types: false,
    ...(options.onclose === undefined ? {} : { onclose: options.onclose }),
    // int8 as number: offsets and sums stay below 2^53 by our limits; a greater one must not pass silently.
    types: {
      int8: {
        to: 20,
        from: [20],
        serialize: (n: number) => String(n),
        parse: (text: string): number => {
          const n = Number(text);
          if (!Number.isSafeInteger(n))
            throw new RangeError(`Cannot read bigint ${text} as a number: it is not below 2^53`);
          return n;
        },
      },
    },
    connection: {
      application_name: options.application_name,
      statement_timeout: options.statement_timeout_ms ?? 10_000,
      lock_timeout: options.lock_timeout_ms ?? 0,
      idle_in_transaction_session_timeout: options.idle_in_transaction_ms ?? 30_000,
      ...(options.work_memory_mb === undefined ? {} : { work_mem: `${options.work_memory_mb}MB` }),
      ...(options.synchronous_commit === undefined ? {} : { synchronous_commit: options.synchronous_commit }),
    },
  }) as Sql;
  guardBegin(sql);
  const end = sql.end.bind(sql);
  sql.end = async (how) => {
    if (how?.timeout === 0) sockets.giveUp();
    await end(how);
    sockets.giveUp();
  };
  return sql;
}

/** SQLSTATE of an error of the server, or the driver's own code; null for any other error. */
export function sqlState(error: unknown): string | null {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : null;
}

type Ssl = false | "prefer" | ConnectionOptions;

/**
 * `sslmode` and `sslrootcert` as psql understands them; the driver itself knows no file of certificates, checks no name of
 * an address that is a number, and takes any word for a mode.
 */
export function encryptionOf(address: string): { url: string; ssl: Ssl } {
  const at = address.indexOf("?");
  if (at === -1) return { url: address, ssl: false };
  const query = new URLSearchParams(address.slice(at + 1));
  const mode = query.get("sslmode") ?? "disable";
  const root = query.get("sslrootcert");
  query.delete("sslmode");
  query.delete("sslrootcert");
  const url = query.size === 0 ? address.slice(0, at) : `${address.slice(0, at)}?${query.toString()}`;
  const host = /@?\[?([^@/\]]*?)\]?(?::\d+)?(?:[/?]|$)/.exec(address.replace(/^[a-z]+:\/\//, ""))?.[1] ?? "";
  return { url, ssl: sslOf(mode, root, host) };
}

function sslOf(mode: string, root: string | null, host: string): Ssl {
  // Of a host that is a number, the driver names none to compare the certificate with.
  const named = isIP(host) === 0 ? {} : { host };
  const checked = (): ConnectionOptions => ({
    rejectUnauthorized: true,
    ...named,
    ...(root === null || root === "system" ? {} : { ca: certificatesIn(root) }),
  });
  switch (mode) {
    case "disable":
      return false;
    case "allow":
    case "prefer":
      return "prefer";
    case "require":
      // Encrypted and nothing else, as psql has it, unless the address names whom to trust.
      return root === null
        ? { rejectUnauthorized: false }
        : { ...checked(), checkServerIdentity: () => undefined };
    case "verify-ca":
      return { ...checked(), checkServerIdentity: () => undefined };
    case "verify-full":
      return checked();
    default:
      throw new ConfigError(
        `DATABASE_URL has sslmode=${mode}, but it must be disable, prefer, require, verify-ca or verify-full`,
      );
  }
}

function certificatesIn(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new ConfigError(
      `DATABASE_URL has sslrootcert=${path}, but that file cannot be read: ${(error as Error).message}`,
    );
  }
}
