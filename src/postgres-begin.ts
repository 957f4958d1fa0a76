/**
 * Transactions that end with their connection. The driver's own `begin` goes on to send its next statement, or its `rollback`, on a
 * connection that has closed meanwhile, and fails in a timer, where nobody can catch it: the process would end.
 */
import type { Sql, TransactionSql } from "./postgres.ts";

class ConnectionClosedError extends Error {
  override name = "ConnectionClosedError";
  /** As the driver's own. */
  readonly code = "CONNECTION_CLOSED";
}

type Work<T> = (tx: TransactionSql) => T | Promise<T>;

/**
 * Gives a pool a `begin` that sends nothing once a connection of the pool has closed: nobody knows whether it was this one. Was it this
 * one, the driver's `begin` has failed by then. Was it another, the server ends the transaction by its limit for idle ones.
 *
 * @param closed How many connections of the pool have closed so far.
 */
export function guardBegin(sql: Sql, closed: () => number): void {
  const driver = sql.begin.bind(sql) as (options: string, work: Work<unknown>) => Promise<unknown>;
  const begin = (first: string | Work<unknown>, second?: Work<unknown>): Promise<unknown> => {
    const [options, work] = typeof first === "string" ? [first, second!] : ["", first];
    return driver(options, (tx) => guarded(tx, work, closed));
  };
  sql.begin = begin as Sql["begin"];
}

function guarded(tx: TransactionSql, work: Work<unknown>, closed: () => number): Promise<unknown> {
  const era = closed();
  const check = (): void => {
    if (closed() !== era)
      throw new ConnectionClosedError("The connection was closed in the middle of a transaction");
  };
  const checked = new Proxy(tx, {
    apply(target, self, words: unknown[]) {
      check();
      return Reflect.apply(target, self, words) as unknown;
    },
    get(target, name) {
      if (name === "unsafe") check();
      return Reflect.get(target, name) as unknown;
    },
  });
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const working = (async () => {
    const done = work(checked);
    return Array.isArray(done) ? Promise.all(done) : done;
  })();
  working.then(
    // Neither, where a connection has closed: the driver would send `commit` or `rollback`.
    (value) => closed() === era && resolve(value),
    (error: unknown) => closed() === era && reject(error),
  );
  return promise;
}
