/** Polls the feeds: each by itself, so that one that dies costs the others nothing, and each on one replica only. */
import { FEED_BELIEVE_NOTE, FEED_KEPT_NOTE, FEED_NOTE, feedBeliefSchema } from "../src/core/feed-status.ts";
import { isAway } from "../src/core/errors.ts";
import { pause } from "../src/core/pause.ts";
import { minutes } from "../src/core/time.ts";
import type { Duties } from "../src/history/duties.ts";
import type { Feed, FeedSettings } from "../src/sources/feeds/feed.ts";
import { keptMeasures } from "../src/sources/feeds/hold.ts";
import { Poller, type FeedNotes, type PollerOptions } from "../src/sources/feeds/poller.ts";
import { alone, type AloneOptions } from "./alone.ts";
import type { Service } from "./service.ts";

export interface PollFeedsOptions
  extends Pick<PollerOptions, "city" | "door" | "clock">, Pick<AloneOptions, "holder" | "lease_ms"> {
  feeds: readonly { feed: Feed; settings: FeedSettings }[];
  duties: Pick<Duties, "lease" | "release" | "begun" | "note">;
  onWarning: (service: string, message: string) => void;
  /** For tests. */
  poller?: Partial<PollerOptions>;
}

/** What is thrown here is a fault of ours: the feed begins again after this, the process goes on. */
const AGAIN_MS = minutes(1);

/** One service per feed. None ever rejects for what a feed or its upstream does. */
export const pollFeeds = ({ feeds, ...options }: PollFeedsOptions): readonly Service[] =>
  feeds.map(({ feed, settings }) => {
    const { duties, holder, clock, lease_ms, onWarning } = options;
    const name = `feed-${feed.name}`;
    const run = async (signal: AbortSignal): Promise<void> => {
      while (!signal.aborted) {
        try {
          const { city, door, poller } = options;
          const tell = (message: string): void => onWarning(name, message);
          const notes = notesOf(feed.name, duties);
          const common = { feed, settings, city, door, clock, notes, onWarning: tell };
          return await new Poller({ ...common, ...poller }).run(signal);
        } catch (error) {
          // The database is away: whoever runs this waits for it.
          if (isAway(error)) throw error;
          onWarning(name, `begins again: ${error instanceof Error ? error.message : String(error)}`);
          await pause(AGAIN_MS, signal);
        }
      }
    };
    const lease = lease_ms === undefined ? {} : { lease_ms };
    return alone({ name, run }, { duties, holder, clock, ...lease });
  });

export const notesOf = (feed: string, duties: Pick<Duties, "begun" | "note">): FeedNotes => ({
  async read() {
    const [record, kept] = await Promise.all([
      duties.begun(`${FEED_NOTE}${feed}`),
      duties.begun(`${FEED_KEPT_NOTE}${feed}`),
    ]);
    return { record, measures: keptMeasures(kept) };
  },
  async write(record, measures) {
    await duties.note(`${FEED_NOTE}${feed}`, record);
    await duties.note(`${FEED_KEPT_NOTE}${feed}`, { measures });
  },
  async believed() {
    const said = feedBeliefSchema.safeParse(await duties.begun(`${FEED_BELIEVE_NOTE}${feed}`));
    return said.success ? said.data.at_ms : null;
  },
});
