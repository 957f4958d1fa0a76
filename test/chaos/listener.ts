/** A client of the live feed, as a browser is one: comes back with the last id, and looks anew when it is told to. */

export interface Shown {
  event_id: string;
  event_time_ms: number;
}

/** Longer than the feed's own heartbeats are apart. */
const SILENCE_MS_MAX = 20_000;

export class Listener {
  readonly name: string;
  /** Newest that it was told of each road. */
  readonly last = new Map<string, Shown>();
  /** Times that something older was pushed after something newer. */
  readonly older: string[] = [];
  /** Newest pushed since it last came anew: the view that it looks at may be ahead of what is pushed. */
  readonly #pushed = new Map<string, number>();
  rows = 0;
  connections = 0;
  resumed = 0;
  resyncs = 0;
  started = false;
  readonly #urlOf: () => string;
  readonly #stop = new AbortController();
  #last_id = "";
  #running: Promise<void> = Promise.resolve();

  /** @param urlOf Whom it asks, each time it connects. */
  constructor(name: string, urlOf: () => string) {
    this.name = name;
    this.#urlOf = urlOf;
  }

  start(): this {
    this.started = true;
    this.#running = this.#run();
    return this;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.#connect().catch(() => {});
      if (!this.#stop.signal.aborted) await Bun.sleep(100);
    }
  }

  async #connect(): Promise<void> {
    const url = this.#urlOf();
    const silence = new AbortController();
    const signal = AbortSignal.any([this.#stop.signal, silence.signal]);
    let timer = setTimeout(() => silence.abort(), SILENCE_MS_MAX);
    try {
      const response = await fetch(`${url}/api/live?topics=traffic&tick_ms=100`, {
        signal,
        headers: this.#last_id === "" ? {} : { "last-event-id": this.#last_id },
      });
      // A cursor of another life of the log is refused: then it comes anew.
      if (response.status === 400) this.#last_id = "";
      if (response.status !== 200 || response.body === null) return;
      this.connections++;
      const decoder = new TextDecoder();
      let text = "";
      for await (const chunk of response.body) {
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), SILENCE_MS_MAX);
        text += decoder.decode(chunk, { stream: true });
        const blocks = text.split("\n\n");
        text = blocks.pop() ?? "";
        for (const block of blocks) await this.#event(block, url, signal);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  async #event(block: string, url: string, signal: AbortSignal): Promise<void> {
    const lines = new Map(
      block.split("\n").map((line): [string, string] => {
        const colon = line.indexOf(": ");
        return [line.slice(0, colon), line.slice(colon + 2)];
      }),
    );
    const data = lines.get("data") ?? "{}";
    const name = lines.get("event");
    if (name === "traffic") {
      const { rows } = JSON.parse(data) as { rows: readonly WireRow[] };
      for (const row of rows) this.#show(row, true);
    } else if (name === "hello") {
      const { resumed } = JSON.parse(data) as { resumed: boolean };
      if (resumed) this.resumed++;
      else await this.#anew(url, signal);
    } else if (name === "resync") {
      this.resyncs++;
      await this.#anew(url, signal);
    }
    this.#last_id = lines.get("id") ?? this.#last_id;
  }

  /** All roads now; what it knows already is never taken back by it. */
  async #anew(url: string, signal: AbortSignal): Promise<void> {
    this.#pushed.clear();
    const response = await fetch(`${url}/api/traffic/current`, { signal });
    const { data } = (await response.json()) as { data: readonly WireRow[] };
    for (const row of data) this.#show(row, false);
  }

  #show(row: WireRow, pushed: boolean): void {
    this.rows++;
    const event_time_ms = Date.parse(row.timestamp);
    const before = this.last.get(row.road_id);
    if (before === undefined || event_time_ms >= before.event_time_ms)
      this.last.set(row.road_id, { event_id: row.event_id, event_time_ms });
    if (!pushed) return;
    const last_ms = this.#pushed.get(row.road_id) ?? -Infinity;
    if (event_time_ms < last_ms)
      this.older.push(`${row.road_id}: ${row.timestamp} after ${new Date(last_ms).toISOString()}`);
    this.#pushed.set(row.road_id, event_time_ms);
  }
}

interface WireRow {
  road_id: string;
  event_id: string;
  timestamp: string;
}
