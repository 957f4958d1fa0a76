/** Log → live view, primed from history's newest rows, so that a restart shows at once what was known. */
import { HistoryUnavailableError } from "../src/core/errors.ts";
import type { Stream } from "../src/core/stream.ts";
import type { HistoryStore } from "../src/history/history-store.ts";
import {
  speedConsumer,
  type AskKnown,
  type SpeedConsumer,
  type SpeedOptions,
  type SpeedProgress,
} from "../src/speed/speed-consumer.ts";
import type { Service } from "./service.ts";

export interface LiveFromLogOptions extends Omit<SpeedOptions, "known"> {
  history: Pick<HistoryStore, "latest" | "applied">;
  onWarning: (part: string, message: string) => void;
}

export interface LiveFromLog {
  service: Service;
  progress(): readonly SpeedProgress[];
  held: SpeedConsumer["held"];
  /** How far the view is behind, ms: history that is being filled waits for it. */
  lag_ms(): number;
}

export function liveFromLog(options: LiveFromLogOptions): LiveFromLog {
  const { history, streams, onWarning } = options;
  const consumer = speedConsumer({
    ...options,
    known,
    onAnew: ({ topic }) =>
      onWarning("live-from-log", `Topic ${topic} was made anew: the live view reads it from its beginning`),
  });
  let primed = false;
  return {
    service: {
      name: "live-from-log",
      async run(signal) {
        if (!primed) await prime();
        primed = true;
        await consumer.run(signal);
      },
    },
    progress: () => consumer.progress(),
    held: () => consumer.held(),
    lag_ms: () => consumer.progress().reduce((most, { lag_ms }) => Math.max(most, lag_ms), 0),
  };

  async function prime(): Promise<void> {
    for (const stream of streams) {
      const found = stream.live === null ? null : await known(stream);
      if (found !== null) consumer.prime(stream, found.rows, found.applied);
    }
  }

  /** History may be away: then the view fills from the log alone. */
  async function known(stream: Stream): ReturnType<AskKnown> {
    try {
      // The position before the rows: they hold at least all that it says.
      const applied = (await history.applied([stream]))[stream.name] ?? [];
      return { applied, rows: await history.latest(stream) };
    } catch (error) {
      if (!(error instanceof HistoryUnavailableError)) throw error;
      onWarning("live-from-log", `${stream.name} could not be primed from history: ${error.message}`);
      return null;
    }
  }
}
