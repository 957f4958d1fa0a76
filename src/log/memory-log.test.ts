import { testLog } from "./conformance.ts";
import { memoryBed } from "./memory-bed.fixture.ts";

testLog("in memory", () => memoryBed(), {
  durable: true,
  holdsAppends: false,
  killsMembers: false,
  remakes: true,
  restarts: false,
  retains: true,
  patience_ms: 5_000,
});
