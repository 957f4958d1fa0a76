/** Hands a load in, at its rates: by the HTTP door, or as any Kafka producer. */
import type { Stream } from "../../src/core/stream.ts";
import { systemClock as clock } from "../../src/core/time.ts";
import type { Log } from "../../src/log/log.ts";
import type { Made } from "../../src/sources/simulator/index.ts";
import type { Load } from "./load.ts";

export type Send = (stream: Stream, events: readonly Made[]) => Promise<void>;

/** How often what has come due is handed in, ms. */
const EVERY_MS = 100;

export const byHttp =
  (url: string): Send =>
  async (stream, events) => {
    const answer = await fetch(`${url}/api/ingest/${stream.name}`, {
      method: "POST",
      headers: { "content-type": "application/x-ndjson" },
      body: events.map((event) => JSON.stringify(event)).join("\n"),
    });
    const text = await answer.text();
    const { data } = JSON.parse(text) as { data?: { accepted: number; rejected: number } };
    if (answer.status !== 202 || data?.accepted !== events.length)
      throw new Error(`${stream.name}: ${answer.status} ${text.slice(0, 300)}`);
  };

export const byLog =
  (log: Log): Send =>
  async (stream, events) => {
    await log.append(
      stream.topic,
      events.map((event) => ({
        key: String(event[stream.key] ?? ""),
        value: Buffer.from(JSON.stringify(event)),
        headers: { source: "bench" },
      })),
    );
  };

export interface Sending {
  /** Events handed in, by stream. */
  sent: ReadonlyMap<string, number>;
  /** What went wrong first; null while all is well. */
  fault: () => Error | null;
  stop(): Promise<void>;
}

export function startSending(loads: readonly Load[], send: Send): Sending {
  const sent = new Map<string, number>();
  let running = true;
  let fault: Error | null = null;
  const one = async ({ stream, per_s, make }: Load): Promise<void> => {
    const began_ms = clock.monotonic();
    let n = 0;
    while (running) {
      const now_ms = clock.now();
      const due = Math.floor(((clock.monotonic() - began_ms) / 1_000) * per_s);
      const events: Made[] = [];
      while (n < due && events.length < 5_000) events.push(make(n++, now_ms));
      if (events.length > 0) await send(stream, events);
      sent.set(stream.name, n);
      await Bun.sleep(EVERY_MS);
    }
  };
  const all = loads.map((load) =>
    one(load).catch((error: unknown) => {
      fault ??= error as Error;
    }),
  );
  return {
    sent,
    fault: () => fault,
    async stop() {
      running = false;
      await Promise.all(all);
    },
  };
}
