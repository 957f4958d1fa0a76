/** What the routes that read are given. */
import type { City } from "../src/core/city.ts";
import type { Stream } from "../src/core/stream.ts";
import type { Clock } from "../src/core/time.ts";
import type { Serving } from "../src/serving/answer.ts";

export interface ReadDeps {
  serving: Serving;
  streams: readonly Stream[];
  city: City;
  clock: Clock;
}

/** What a caller may do: read, bring events in, or operate the platform. */
export type Scope = "read" | "ingest" | "operate";
