/** Which roads are to be predicted at which minute: each road once a minute, at its first measurement in it. */

/** Roads of one minute, by their columns. */
export interface Due {
  minute: number;
  columns: readonly number[];
}

export class DueRoads {
  /** Newest minute that each column was asked for. */
  #asked = new Float64Array(0);
  readonly #due = new Map<number, number[]>();

  /** @returns Whether there is something new to do. A minute that is not newer than the road's last one asks for nothing. */
  measured(column: number, minute: number): boolean {
    if (column >= this.#asked.length) {
      const more = new Float64Array(Math.max(column + 1, 2 * this.#asked.length)).fill(-1);
      more.set(this.#asked);
      this.#asked = more;
    }
    if (minute <= this.#asked[column]!) return false;
    this.#asked[column] = minute;
    const columns = this.#due.get(minute);
    if (columns === undefined) this.#due.set(minute, [column]);
    else columns.push(column);
    return true;
  }

  /** What is due, oldest minute first; then nothing is. */
  take(): readonly Due[] {
    const due = [...this.#due].map(([minute, columns]) => ({ minute, columns }));
    this.#due.clear();
    return due.sort((a, b) => a.minute - b.minute);
  }
}
