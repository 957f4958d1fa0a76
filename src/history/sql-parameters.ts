/** Collects the values of a statement that is put together from parts. */
import type { Parameter } from "./reader.ts";
import { timeText } from "./sql-text.ts";

export class SqlParameters {
  readonly values: Parameter[] = [];

  /** @returns The place of a value in the statement, with its type. */
  add(value: Parameter, type: string): string {
    return `$${this.values.push(value)}::${type}`;
  }

  /** Infinite instants as the server writes them. */
  time(ms: number): string {
    const text = ms === -Infinity ? "-infinity" : ms === Infinity ? "infinity" : timeText(ms);
    return this.add(text, "timestamptz");
  }
}
