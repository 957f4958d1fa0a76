/**
 * Transactions that end with their connection. The driver's own `begin` fails once its connection has closed, but what it had started goes
 * on: the next statement, or its `rollback`, is sent on a connection that is none, and fails in a timer, where nobody can catch it. The
 * process would end.
 */
import type { Sql, TransactionSql } from "./postgres.ts";

class ConnectionClosedError extends Error {
  override name = "ConnectionClosedError";
  /** As the driver's own. */
  readonly code = "CONNECTION_CLOSED";
}

type Work<T> = (tx: TransactionSql) => T | Promise<T>;

/** Gives a pool a `begin` that sends nothing more once it has failed. Other connections of the pool are no concern of it. */
export function guardBegin(sql: Sql): void {
  const driver = sql.begin.bind(sql) as (options: string, work: Work<unknown>) => Promise<unknown>;
  const begin = (first: string | Work<unknown>, second?: Work<unknown>): Promise<unknown> => {
    const [options, work] = typeof first === "string" ? [first, second!] : ["", first];
    let over = false;
    const end = (): void => {
      over = true;
    };
    const begun = driver(options, (tx) => guarded(tx, work, () => over));
    begun.then(end, end);
    return begun;
  };
  sql.begin = begin as Sql["begin"];
}

/** @param isOver Whether the driver's `begin` has ended, so that nobody waits for what comes of this. */
function guarded(tx: TransactionSql, work: Work<unknown>, isOver: () => boolean): Promise<unknown> {
  const check = (): void => {
    if (isOver()) throw new ConnectionClosedError("The connection was closed in the middle of a transaction");
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
    (value) => {
      // Else the driver would send `commit`.
      if (!isOver()) resolve(value);
    },
    // Else `rollback`. A statement fails before `begin` does when the connection closes: that is known in the next turn.
    (error: unknown) => setImmediate(() => isOver() || reject(error)),
  );
  return promise;
}
