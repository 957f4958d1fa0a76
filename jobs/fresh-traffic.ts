/** What is made of the batch views of traffic: it waits until those are, on a new installation until the demo's past is written. */
import { pause } from "../src/core/pause.ts";
import type { Stream } from "../src/core/stream.ts";
import { seconds } from "../src/core/time.ts";
import { traffic } from "../src/streams/traffic.ts";
import type { JobDeps } from "./deps.ts";
import type { JobContext } from "./job.ts";

/** @returns The stream of roads, as this installation keeps it. */
export async function freshTraffic(
  { streams, duties, batch, clock }: Pick<JobDeps, "streams" | "duties" | "batch" | "clock">,
  { signal, progress }: Pick<JobContext, "signal" | "progress">,
): Promise<Stream> {
  const stream = streams.find(({ name }) => name === traffic.name) ?? traffic;
  const wait = async (words: string): Promise<void> => {
    progress(0, null, words);
    await pause(seconds(2), signal);
    signal.throwIfAborted();
  };
  while ((await duties.begun("seed-history")) !== null) await wait("waits for the demo city's past");
  while ((await batch.refresh(stream, { now_ms: clock.now(), signal })).busy)
    await wait("waits for the batch views of traffic");
  signal.throwIfAborted();
  return stream;
}
