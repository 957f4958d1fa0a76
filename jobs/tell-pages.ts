/** Once a second the pages that are open get their sentence, counts and lists anew, rendered once for all. */
import type { City } from "../src/core/city.ts";
import type { Clock } from "../src/core/time.ts";
import type { Hub } from "../src/push/hub.ts";
import type { Serving } from "../src/serving/answer.ts";
import { renderMapNote } from "../views/map.tsx";
import { renderStreamsNote } from "../views/streams.tsx";
import { pause } from "../src/core/pause.ts";
import { type Service } from "./service.ts";

/** Groups of notes, one per page. */
export const pageGroups = ["map", "streams"] as const;

export interface TellPagesOptions {
  serving: Serving;
  hub: Hub;
  city: City;
  clock: Clock;
  every_ms?: number;
}

export function tellPages({ serving, hub, city, clock, every_ms = 1_000 }: TellPagesOptions): Service {
  return {
    name: "tell-pages",
    async run(signal) {
      while (!signal.aborted) {
        // Nobody looks: nothing is rendered.
        if (hub.stats().clients > 0) {
          const notes = await Promise.allSettled([tellMap(), tellStreams()]);
          for (const note of notes) if (note.status === "rejected") throw note.reason;
        }
        await pause(every_ms, signal);
      }
    },
  };

  // Beside each other: where one page's part is away, the other page goes on.
  async function tellMap(): Promise<void> {
    hub.note("map", renderMapNote(await serving.summary(), city));
  }
  async function tellStreams(): Promise<void> {
    const { data } = await serving.streams();
    hub.note("streams", renderStreamsNote(data, serving.delivery(), city, clock.now()));
  }
}
