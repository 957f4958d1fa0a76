/** The newest batches of every partition in memory, so that the groups of one process do not each read and unpack them. */
import { rowsTogether, type StoredRow } from "./stored-row.ts";

export class Tail {
  readonly #bytes_max: number;
  readonly #rows = new Map<number, StoredRow[]>();
  /** In order of arrival over all partitions: the first goes first. */
  readonly #arrivals: { partition_id: number; row: StoredRow }[] = [];
  #head = 0;
  #bytes = 0;

  constructor(bytes_max: number) {
    this.#bytes_max = bytes_max;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Keeps a row that is newer than what is kept of its partition; older ones (a replay) are not kept. */
  put(partition_id: number, row: StoredRow): void {
    let rows = this.#rows.get(partition_id);
    if (rows === undefined) this.#rows.set(partition_id, (rows = []));
    const last = rows.at(-1);
    if (last !== undefined && row.base_offset < last.next_offset) return;
    rows.push(row);
    this.#arrivals.push({ partition_id, row });
    this.#bytes += row.held_bytes;
    while (this.#bytes > this.#bytes_max && this.#head < this.#arrivals.length) this.#dropOldest();
  }

  /** Rows from the one that holds `offset`, as many as make one batch; none if it is not kept. */
  from(partition_id: number, offset: number): readonly StoredRow[] {
    const rows = this.#rows.get(partition_id);
    if (rows === undefined) return [];
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (rows[middle]!.next_offset <= offset) low = middle + 1;
      else high = middle;
    }
    const row = rows[low];
    return row === undefined || row.base_offset > offset
      ? []
      : rows.slice(low, low + rowsTogether(rows, low));
  }

  clear(): void {
    this.#rows.clear();
    this.#arrivals.length = 0;
    this.#head = 0;
    this.#bytes = 0;
  }

  #dropOldest(): void {
    const { partition_id, row } = this.#arrivals[this.#head++]!;
    this.#rows.get(partition_id)!.shift();
    this.#bytes -= row.held_bytes;
    if (this.#head > 1_000 && this.#head * 2 > this.#arrivals.length) {
      this.#arrivals.splice(0, this.#head);
      this.#head = 0;
    }
  }
}
