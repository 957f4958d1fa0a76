/** The feeds that there are, by their name in `FEEDS`. The simulator is no feed: nobody is asked. */
import type { Feed } from "./feed.ts";

export const feeds: readonly Feed[] = [];
