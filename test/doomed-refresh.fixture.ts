/** Refreshes and rebuilds batch views in a process of its own, without end, for a test that kills it. */
import { days, hours } from "../src/core/time.ts";
import { CITY, NOON } from "../src/history/conformance-kit.ts";
import { openPostgresBatch } from "../src/history/rollups/postgres-batch.ts";
import { traffic } from "../src/streams/traffic.ts";

const batch = openPostgresBatch({ url: process.argv[2]!, zone: CITY.zone });
let said = false;
/** Once: who waits for it reads no more. */
const say = (): void => {
  if (!said) process.stdout.write("works\n");
  said = true;
};
for (;;) {
  try {
    await batch.refresh(traffic, { now_ms: NOON + days(1), onProgress: say });
    await batch.rebuildWindows(traffic, NOON - hours(8), NOON, { now_ms: NOON + days(1), onProgress: say });
  } catch {
    // Its connection was cut: it goes on, until it is killed.
  }
}
