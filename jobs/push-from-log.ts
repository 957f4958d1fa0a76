/** Log → hub: every client of this process hears what is appended, wherever it was appended. */
import { hubFeed, type HubFeedOptions } from "../src/push/feed.ts";
import type { Service } from "./service.ts";

export const PUSH_FROM_LOG = "push-from-log";

export interface PushFromLogOptions extends HubFeedOptions {
  /** Where the log may have been away when this process started. */
  makeTopics?: () => Promise<void>;
}

/**
 * @param onReady Called once the hub has read what the log held when the feed started.
 */
export function pushFromLog(options: PushFromLogOptions, onReady: () => void): Service {
  return {
    name: PUSH_FROM_LOG,
    async run(signal) {
      await options.makeTopics?.();
      const feed = await hubFeed(options);
      const close = (): void => void feed.close();
      signal.addEventListener("abort", close, { once: true });
      if (signal.aborted) close();
      void feed.ready.then(onReady);
      try {
        await feed.done;
      } finally {
        signal.removeEventListener("abort", close);
        await feed.close();
      }
    },
  };
}
