/**
 * Sends traffic until it is told to stop, straight into Kafka and a part of it over HTTP. What is not confirmed is sent
 * again until it is: what a city's producers do. All that was sent stands in a file.
 */
import type { Producer as KafkaProducer } from "kafkajs";
import { kafkaOf, TOPIC } from "./topic.ts";
import type { Sent, Traffic } from "./traffic.ts";

export interface ProducerOptions {
  traffic: Traffic;
  brokers: string;
  /** Where a part goes by HTTP; none where it is empty at that moment. */
  urls?: () => readonly string[];
  http_share?: number;
  file: string;
}

const TICK_MS = 50;
/** Ticks that may wait for an answer; then nothing new is made, as with any producer's buffer. */
const WAITING_MAX = 40;
const KAFKA_BATCH = 2_000;

export class Producer {
  /** Ids of events that Kafka or HTTP confirmed. */
  readonly confirmed = new Set<string>();
  /** Records made. */
  made = 0;
  /** Batches that had to be sent again. */
  again = 0;
  readonly #options: ProducerOptions;
  readonly #file: Bun.FileSink;
  #kafka: KafkaProducer | null = null;
  #lane: Promise<void> = Promise.resolve();
  #waiting = 0;
  #stopped = false;
  #running: Promise<void> = Promise.resolve();
  #turn = 0;

  constructor(options: ProducerOptions) {
    this.#options = options;
    this.#file = Bun.file(options.file).writer();
  }

  /** As fast as Kafka takes them. @param timeOf About when the n-th happens, ms. */
  async fill(count: number, timeOf: (n: number) => number): Promise<void> {
    for (let n = 0; n < count; n += KAFKA_BATCH) {
      const size = Math.min(KAFKA_BATCH, count - n);
      await this.#toKafka(Array.from({ length: size }, (_, i) => this.#make(timeOf(n + i))));
    }
  }

  /** Begins to send so many a second, at most `count`; `stop` ends it. */
  start(rate_per_s: number, count = Infinity): void {
    this.#stopped = false;
    this.#running = this.#run(rate_per_s, this.made + count);
  }

  /** Resolves when everything is made and confirmed. */
  async finished(): Promise<void> {
    await this.#running;
    await this.#file.flush();
  }

  /** Makes no more, and waits until everything is confirmed. */
  stop(): Promise<void> {
    this.#stopped = true;
    return this.finished();
  }

  async close(): Promise<void> {
    await this.stop();
    await this.#kafka?.disconnect().catch(() => {});
    await this.#file.end();
  }

  #make(at_ms: number): Sent {
    const sent = this.#options.traffic.next(at_ms);
    this.made++;
    void this.#file.write(
      `${JSON.stringify([sent.kind, sent.key, sent.value === null ? null : sent.value.toString("latin1")])}\n`,
    );
    return sent;
  }

  async #run(rate_per_s: number, count: number): Promise<void> {
    const { http_share = 0.2, urls = () => [] } = this.#options;
    const start_ms = performance.now();
    const first = this.made;
    const pending: Promise<void>[] = [];
    while (!this.#stopped && this.made < count) {
      const due = Math.min(first + ((performance.now() - start_ms) * rate_per_s) / 1_000, count) - this.made;
      if (this.#waiting < WAITING_MAX && due >= 1) {
        const batch = Array.from({ length: Math.min(Math.floor(due), KAFKA_BATCH) }, () =>
          this.#make(Date.now()),
        );
        // What is malformed stays out of HTTP: the door refuses it, and then it never stands in the topic.
        const events = batch.filter((one) => one.kind !== "malformed");
        const split = urls().length === 0 ? 0 : Math.floor(events.length * http_share);
        const by_http = new Set(events.slice(0, split));
        pending.push(this.#counted(this.#toKafka(batch.filter((one) => !by_http.has(one)))));
        if (split > 0) pending.push(this.#counted(this.#toHttp([...by_http])));
      }
      await Bun.sleep(TICK_MS);
    }
    await Promise.all(pending);
  }

  async #counted(work: Promise<void>): Promise<void> {
    this.#waiting++;
    await work.finally(() => this.#waiting--);
  }

  /** One batch after the other: the order of a producer. */
  #toKafka(batch: readonly Sent[]): Promise<void> {
    const done = this.#lane.then(() => this.#sendToKafka(batch));
    this.#lane = done;
    return done;
  }

  async #sendToKafka(batch: readonly Sent[]): Promise<void> {
    for (;;) {
      try {
        this.#kafka ??= await connected(this.#options.brokers);
        await this.#kafka.send({
          topic: TOPIC,
          acks: -1,
          messages: batch.map(({ key, value }) => ({ key, value })),
        });
        for (const { event_id } of batch) if (event_id !== "") this.confirmed.add(event_id);
        return;
      } catch {
        this.again++;
        // A producer whose batch failed half-way has lost its numbers.
        const old = this.#kafka;
        this.#kafka = null;
        await old?.disconnect().catch(() => {});
        await Bun.sleep(100);
      }
    }
  }

  async #toHttp(batch: readonly Sent[]): Promise<void> {
    const body = `[${batch.map(({ value }) => value?.toString() ?? "").join(",")}]`;
    for (;;) {
      const urls = this.#options.urls?.() ?? [];
      const url = urls[this.#turn++ % Math.max(1, urls.length)];
      const response =
        url === undefined
          ? null
          : await fetch(`${url}/api/ingest/traffic`, {
              method: "POST",
              headers: { "content-type": "application/json" },
              body,
              signal: AbortSignal.timeout(12_000),
            }).catch(() => null);
      await response?.arrayBuffer().catch(() => null);
      if (response?.status === 202) {
        for (const { event_id } of batch) this.confirmed.add(event_id);
        return;
      }
      this.again++;
      await Bun.sleep(100);
      // Nobody to ask any more: the rest goes straight into the log.
      if (this.#stopped && urls.length === 0) return this.#toKafka(batch);
    }
  }
}

async function connected(brokers: string): Promise<KafkaProducer> {
  const producer = kafkaOf(brokers, "city").producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 5 },
  });
  await producer.connect();
  return producer;
}
