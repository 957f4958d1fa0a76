import { testLog } from "./conformance.ts";
import { postgresBed } from "./postgres-bed.fixture.ts";

testLog("PostgreSQL", () => postgresBed(), {
  durable: true,
  holdsAppends: true,
  killsMembers: true,
  remakes: true,
  restarts: true,
  retains: true,
  patience_ms: 8_000,
});
