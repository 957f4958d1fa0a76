/** What is made of the batch views of traffic: it waits until those are, on a new installation until the demo's past is written. */
import { pause } from "../src/core/pause.ts";
import type { Stream } from "../src/core/stream.ts";
import { seconds } from "../src/core/time.ts";
import { traffic } from "../src/streams/traffic.ts";
import { demoPast } from "./demo-past.ts";
import type { JobDeps } from "./deps.ts";
import type { JobContext } from "./job.ts";

/** @returns The stream of roads, as this installation keeps it. */
export async function freshTraffic(
  { streams, duties, batch, clock }: Pick<JobDeps, "streams" | "duties" | "batch" | "clock">,
  { signal, progress }: Pick<JobContext, "signal" | "progress">,
): Promise<Stream> {
  const stream = streams.find(({ name }) => name === traffic.name) ?? traffic;
  await demoPast({ duties, clock }, { signal, progress });
  while ((await batch.refresh(stream, { now_ms: clock.now(), signal })).busy) {
    progress(0, null, "waits for the batch views of traffic");
    await pause(seconds(2), signal);
    signal.throwIfAborted();
  }
  signal.throwIfAborted();
  return stream;
}
