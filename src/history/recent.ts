/**
 * What this process has stored a moment ago: repeats mostly follow soon, from a producer that tries again. Dropping them
 * here spares the direct way a conflict. It only ever says "surely stored"; what it does not know, the server decides.
 */
import type { Event } from "../core/event.ts";
import type { Stream } from "../core/stream.ts";
import type { PartBatch } from "./history-store.ts";

/** Events remembered per partition, at least. */
const REMEMBERED = 5_000;

interface Generations {
  young: Map<string, Event>;
  old: Map<string, Event>;
}

export class Recent {
  readonly #streams = new Map<Stream, Map<number, Generations>>();

  knows(stream: Stream, event: Event): boolean {
    const mine = this.#streams.get(stream)?.get(event.partition);
    const same = mine?.young.get(event.event_id) ?? mine?.old.get(event.event_id);
    return same !== undefined && same.event_time_ms === event.event_time_ms && same.key === event.key;
  }

  /**
   * Whenever something else than expected came of a batch. The writer's commits may be lost in a crash of the server,
   * together with their offsets: then what was surely stored is read again, and must not be taken for a repeat.
   */
  forget(stream: Stream): void {
    this.#streams.delete(stream);
  }

  /** After the commit, never before. */
  remember(stream: Stream, parts: readonly PartBatch[]): void {
    let partitions = this.#streams.get(stream);
    if (partitions === undefined) this.#streams.set(stream, (partitions = new Map()));
    for (const { partition, events } of parts) {
      let mine = partitions.get(partition);
      if (mine === undefined) partitions.set(partition, (mine = { young: new Map(), old: new Map() }));
      for (const event of events.slice(-REMEMBERED)) mine.young.set(event.event_id, event);
      if (mine.young.size >= REMEMBERED) {
        mine.old = mine.young;
        mine.young = new Map();
      }
    }
  }
}
