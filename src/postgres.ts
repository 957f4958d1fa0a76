/** The one file that knows postgres.js: connections with limits, and the statements that need its inner ways. */
import postgres from "postgres";

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
  /** "off" only where offsets are committed with the data, so that a lost commit is simply done again. */
  synchronous_commit?: "on" | "off";
  /** Called whenever a connection has ended: what was reserved on it must not be used again. */
  onclose?: () => void;
}

/** Opens lazily: no connection is made before the first statement. */
export function openSql(url: string, options: SqlOptions): Sql {
  return postgres(url, {
    max: options.max,
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
      ...(options.synchronous_commit === undefined ? {} : { synchronous_commit: options.synchronous_commit }),
    },
  }) as Sql;
}

/** SQLSTATE of an error of the server, or the driver's own code; null for any other error. */
export function sqlState(error: unknown): string | null {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : null;
}
