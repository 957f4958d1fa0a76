/**
 * The conformance suite of the log: every adapter passes it on its real server. A feature that an adapter does
 * not have skips its checks by name.
 */
import { describe, test } from "bun:test";
import { deliveryChecks } from "./conformance-delivery.ts";
import { groupChecks } from "./conformance-groups.ts";
import { runCheck, type Check, type LogBed, type LogFeatures } from "./conformance-kit.ts";
import { recordChecks } from "./conformance-records.ts";

export const logChecks: readonly Check[] = [...recordChecks, ...deliveryChecks, ...groupChecks];

export function testLog(name: string, openBed: () => Promise<LogBed>, features: LogFeatures): void {
  describe(`log: ${name}`, () => {
    for (const check of logChecks) {
      const there = check.needs === undefined || features[check.needs];
      test.skipIf(!there)(check.name, () => runCheck(check, openBed, features.patience_ms), 30_000);
    }
  });
}
