/** The suite that every adapter of history passes, on a real server. */
import { describe, test } from "bun:test";
import type { HistoryBed, HistoryLaw } from "./conformance-kit.ts";
import { letterLaws } from "./conformance-letters.ts";
import { onceLaws } from "./conformance-once.ts";
import { readLaws } from "./conformance-reads.ts";
import { retentionLaws } from "./conformance-retention.ts";
import { windowLaws } from "./conformance-windows.ts";

export const historyLaws: readonly HistoryLaw[] = [
  ...onceLaws,
  ...windowLaws,
  ...letterLaws,
  ...readLaws,
  ...retentionLaws,
];

/** @param make A bed of its own for each law. */
export function testHistory(name: string, make: () => Promise<HistoryBed>): void {
  describe(`history: ${name}`, () => {
    for (const law of historyLaws) {
      test(
        law.name,
        async () => {
          const bed = await make();
          try {
            await law.holds(bed);
          } finally {
            await bed.drop();
          }
        },
        30_000,
      );
    }
  });
}
