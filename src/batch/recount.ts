/** Do the tables hold what the ledger says? Counted while events come in: at a quiet moment exactly, else between two readings. */
import type { Stream } from "../core/stream.ts";
import type { HistoryStore, PartitionLedger } from "../history/history-store.ts";

export interface Recounted {
  rows: number;
  /** Rows or dead letters that the tables have more than the ledger says, or fewer; 0 where it adds up. */
  difference: number;
  /** Nothing came in between, so that the count is exact. */
  exact: boolean;
  words: string | null;
}

const TRIES = 3;

export async function recountStream(
  stream: Stream,
  history: Pick<HistoryStore, "ledger" | "recount">,
  signal: AbortSignal,
): Promise<Recounted> {
  for (let tries = 1; ; tries++) {
    signal.throwIfAborted();
    const before = sumOf(await history.ledger(stream));
    const { rows, dead } = await history.recount(stream);
    const after = sumOf(await history.ledger(stream));
    const exact = before.stored === after.stored && before.dead === after.dead;
    if (!exact && tries < TRIES) continue;
    const difference = outside(rows, before.stored, after.stored) + outside(dead, before.dead, after.dead);
    const adds_up = after.consumed === after.stored + after.duplicate + after.dead;
    return {
      rows,
      difference,
      exact,
      words:
        difference === 0 && adds_up
          ? null
          : `${stream.name}: the tables hold ${rows} rows and ${dead} dead letters, the ledger says ${after.stored} and ${after.dead}${adds_up ? "" : ", and does not add up"}`,
    };
  }
}

const outside = (n: number, least: number, most: number): number =>
  n < least ? least - n : n > most ? n - most : 0;

const sumOf = (ledger: readonly PartitionLedger[]) => {
  const sum = (name: "consumed" | "stored" | "duplicate" | "dead"): number =>
    ledger.reduce((total, row) => total + row[name], 0);
  return { consumed: sum("consumed"), stored: sum("stored"), duplicate: sum("duplicate"), dead: sum("dead") };
};
