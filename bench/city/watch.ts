/** What an instance says of itself while it works: lag of its layers, lateness of its loop; and its memory, from outside. */
import { residentMb } from "./process-meter.ts";

const EVERY_MS = 1_000;

interface Sampled {
  lag_events: Map<string, number>;
  loop_p99_ms: number;
  loop_max_ms: number;
  mb: number;
}

/** The sum of each value of a label, of one metric in Prometheus' text. */
function sums(text: string, metric: string, label: string): Map<string, number> {
  const out = new Map<string, number>();
  for (const [, labels, value] of text.matchAll(new RegExp(`^${metric}\\{(.*?)\\} (\\S+)$`, "gm"))) {
    const name = new RegExp(`${label}="(.*?)"`).exec(labels!)?.[1] ?? "";
    out.set(name, (out.get(name) ?? 0) + Number(value));
  }
  return out;
}

/** Not a number where nothing was said. */
const total = (of: ReadonlyMap<string, number>): number =>
  of.size === 0 ? Number.NaN : [...of.values()].reduce((a, b) => a + b, 0);

export class Watch {
  readonly #url: string;
  readonly #pid: number;
  readonly #samples: Sampled[] = [];
  #running = false;
  #watching: Promise<void> = Promise.resolve();

  constructor(url: string, pid: number) {
    this.#url = url;
    this.#pid = pid;
  }

  start(): void {
    this.#running = true;
    this.#watching = (async () => {
      while (this.#running) {
        // What cannot be asked is no sample; that the instance has ended, its starter sees.
        const sample = await this.look().catch(() => null);
        if (sample !== null) this.#samples.push(sample);
        await Bun.sleep(EVERY_MS);
      }
    })();
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#watching;
  }

  async look(): Promise<Sampled> {
    const text = await (await fetch(`${this.#url}/metrics`)).text();
    const lag_events = sums(text, "arterial_consumer_lag_events", "stream");
    for (const [stream, n] of sums(text, "arterial_speed_lag_events", "stream"))
      lag_events.set(stream, Math.max(n, lag_events.get(stream) ?? 0));
    const loop = sums(text, "arterial_event_loop_lag_seconds", "percentile");
    return {
      lag_events,
      loop_p99_ms: (loop.get("99") ?? Number.NaN) * 1_000,
      loop_max_ms: (loop.get("100") ?? Number.NaN) * 1_000,
      mb: residentMb(this.#pid),
    };
  }

  /** Memory after garbage was collected, MB. */
  async settledMb(): Promise<number> {
    for (let i = 0; i < 3; i++) {
      process.kill(this.#pid, "SIGUSR2");
      await Bun.sleep(1_500);
    }
    return residentMb(this.#pid);
  }

  /** Thirds of the run, side by side: what grows shows. */
  lines(): string[] {
    const third = Math.max(1, Math.ceil(this.#samples.length / 3));
    const parts = [0, 1, 2].map((n) => this.#samples.slice(n * third, (n + 1) * third));
    const most = (of: (sample: Sampled) => number): string =>
      parts
        .map((part) => Math.max(0, ...part.map(of).filter((n) => !Number.isNaN(n))))
        .map((n) => n.toFixed(0).padStart(8))
        .join("");
    const mean = parts
      .map((part) => part.reduce((sum, { mb }) => sum + mb, 0) / Math.max(1, part.length))
      .map((n) => n.toFixed(0).padStart(8))
      .join("");
    return [
      `in each third of the run`,
      `  memory, mean, MB       ${mean}`,
      `  memory, most, MB       ${most(({ mb }) => mb)}`,
      `  lag, most, events      ${most(({ lag_events }) => total(lag_events))}`,
      `  loop lag p99, most, ms ${most(({ loop_p99_ms }) => loop_p99_ms)}`,
      `  loop lag, most, ms     ${most(({ loop_max_ms }) => loop_max_ms)}`,
    ];
  }
}
