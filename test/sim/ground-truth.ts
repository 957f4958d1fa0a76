/** What stands in the log, as its senders know it: read from the server itself, and kept as it grows. */
import { limits } from "../../src/core/limits.ts";
import type { Stream } from "../../src/core/stream.ts";
import type { MemoryPartition } from "../../src/log/memory-store.ts";
import type { StoredRow } from "../../src/log/stored-row.ts";
import type { Producers, Sent } from "./producer.ts";
import type { Servers } from "./servers.ts";
import type { World } from "./world.ts";

/** A record, and what was sent with it. */
export interface Known extends Sent {
  number: number;
  partition: number;
  offset: number;
  /** When the log took it. */
  timestamp_ms: number;
  /** Is it an event, to be stored once? Else it is a dead letter. */
  good: boolean;
}

export class GroundTruth {
  readonly #world: World;
  readonly #servers: Servers;
  readonly #producers: Producers;
  readonly #read = new Map<MemoryPartition, { rows: StoredRow[]; known: Known[] }>();

  constructor(world: World, servers: Servers, producers: Producers) {
    this.#world = world;
    this.#servers = servers;
    this.#producers = producers;
  }

  /** Every record of a stream, by partition; each in the order of offsets. */
  partitions(stream: Stream): readonly (readonly Known[])[] {
    return this.#partitions(stream).map((partition) => this.#of(partition));
  }

  ends(stream: Stream): number[] {
    return this.#partitions(stream).map(({ end_offset }) => end_offset);
  }

  #partitions(stream: Stream): readonly MemoryPartition[] {
    const before = this.#world.here;
    this.#world.here = this.#world.server;
    try {
      return this.#servers.log.partitions(stream.topic);
    } finally {
      this.#world.here = before;
    }
  }

  #of(partition: MemoryPartition): readonly Known[] {
    let read = this.#read.get(partition);
    // Where a row came in between (a planted fault), all of it is read again.
    if (read === undefined || read.rows.some((row, n) => partition.rows[n] !== row))
      this.#read.set(partition, (read = { rows: [], known: [] }));
    for (const row of partition.rows.slice(read.rows.length)) {
      read.rows.push(row);
      for (const { headers, offset, timestamp_ms } of row.records) {
        const number = Number(headers["number"]);
        const sent = this.#producers.sent.get(number)!;
        const good = sent.kind === "event" && sent.at_ms <= timestamp_ms + limits.event_future_max_ms;
        read.known.push({ ...sent, number, partition: partition.ref.partition, offset, timestamp_ms, good });
      }
    }
    return read.known;
  }
}
