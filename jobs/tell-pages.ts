/** Once a second the pages that are open get their sentence, counts and lists anew, rendered once for all. */
import { pause } from "../src/core/pause.ts";
import type { Hub } from "../src/push/hub.ts";
import type { NoteDeps, PageNote } from "../views/page.ts";
import { type Service } from "./service.ts";

export interface TellPagesOptions extends NoteDeps {
  hub: Pick<Hub, "note" | "readers">;
  /** One per page that has any. */
  notes: readonly PageNote[];
  every_ms?: number;
}

export function tellPages({ hub, notes, every_ms = 1_000, ...deps }: TellPagesOptions): Service {
  const tell = async ({ group, render }: PageNote): Promise<void> => hub.note(group, await render(deps));
  return {
    name: "tell-pages",
    async run(signal) {
      while (!signal.aborted) {
        // A page at which nobody looks is not rendered. The others beside each other: where one's part is away, they go on.
        const told = await Promise.allSettled(notes.filter(({ group }) => hub.readers(group) > 0).map(tell));
        for (const note of told) if (note.status === "rejected") throw note.reason;
        await pause(every_ms, signal);
      }
    },
  };
}
