/** Deadlines and the one error that callers see when the server is away. */
import { HistoryUnavailableError } from "../core/errors.ts";
import { sqlState, type Sql } from "../postgres.ts";

/**
 * Settles in time, whatever the driver does: postgres.js may leave a statement unsettled for ever.
 *
 * @param onLate Gives up what hangs.
 * @throws {HistoryUnavailableError} after `deadline_ms`.
 */
export async function withDeadline<T>(
  what: string,
  work: Promise<T>,
  deadline_ms: number,
  onLate: () => void,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      onLate();
      reject(new HistoryUnavailableError(`Cannot ${what}: no answer within ${deadline_ms} ms`));
    }, deadline_ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Classes 22 and 23: a value that the server refuses. All else is the server's own trouble. */
export const isDataError = (error: unknown): boolean => /^2[23][0-9A-Z]{3}$/.test(sqlState(error) ?? "");

/** A wrong statement or schema: trying again would only hide it. */
const isMistake = (error: unknown): boolean => /^(0A|42)[0-9A-Z]{3}$/.test(sqlState(error) ?? "");

/** What a caller is told: the server's trouble as `HistoryUnavailableError`, mistakes of ours as they are. */
export function told(what: string, error: unknown): unknown {
  if (error instanceof HistoryUnavailableError || !(error instanceof Error)) return error;
  if (sqlState(error) === null || isMistake(error) || isDataError(error)) return error;
  return new HistoryUnavailableError(`Cannot ${what}: ${error.message}`, { cause: error });
}

/** Ends connections; those that do not end in time are cut. */
export async function endSql(sql: Sql, timeout_s: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const cut = new Promise<void>((done) => {
    timer = setTimeout(done, timeout_s * 1_000 + 300);
  });
  await Promise.race([sql.end({ timeout: timeout_s }).catch(() => {}), cut]);
  clearTimeout(timer);
}
