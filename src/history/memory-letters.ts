/** Dead letters in memory: the same lives as in SQL, and the counts of what the door refused. */
import type { DeadLetter } from "../core/event.ts";
import { limits } from "../core/limits.ts";
import type { HistoryStore, StoredDeadLetter } from "./history-store.ts";
import { asUuid, letterId, storable } from "./letter-json.ts";

type PlacedLetter = DeadLetter & { stream: string };

export class MemoryLetters {
  readonly #letters = new Map<string, StoredDeadLetter>();
  /** Ids of those that the door refused. */
  readonly #at_door = new Set<string>();
  readonly #rejects = new Map<string, { stream: string; source: string; count: number }>();

  /** Letters of one batch of a stream, and the ids of letters whose records are events now. */
  bury(stream: string, letters: readonly DeadLetter[], again: readonly string[]): void {
    const refused_again = new Set<string>();
    for (const letter of letters) {
      const known_id = this.#known(stream, letter.dead_letter_id);
      if (known_id !== null) refused_again.add(known_id);
      const dead_letter_id = known_id ?? letterId(stream, letter);
      const before = this.#letters.get(dead_letter_id);
      if (before === undefined) this.#add(dead_letter_id, { ...letter, stream });
      else {
        const { reason, pointer, value, rule } = stored(letter);
        const state = before.state === "stored" ? "stored" : "open";
        Object.assign(before, { state, attempts: before.attempts + 1, reason, pointer, value, rule });
      }
    }
    for (const text of again) {
      const id = this.#known(stream, text);
      if (id !== null && !refused_again.has(id)) this.#letters.get(id)!.state = "stored";
    }
  }

  reject(letters: readonly PlacedLetter[]): void {
    for (const letter of letters) {
      const [stream, source] = [storable(letter.stream), storable(letter.source)];
      const id = `${stream} ${source}`;
      const counted = this.#rejects.get(id) ?? { stream, source, count: 0 };
      counted.count++;
      this.#rejects.set(id, counted);
      const dead_letter_id = letterId(letter.stream, letter);
      if (this.#letters.has(dead_letter_id)) continue;
      this.#add(dead_letter_id, letter);
      this.#at_door.add(dead_letter_id);
    }
  }

  rejected(): { stream: string; source: string; count: number }[] {
    return [...this.#rejects.values()]
      .map((one) => ({ ...one }))
      .sort((a, b) => order(a.stream, b.stream) || order(a.source, b.source));
  }

  /** Times that records of a stream were refused by the batch layer: what its ledger calls dead. */
  died(stream: string): number {
    let n = 0;
    for (const letter of this.#letters.values())
      if (letter.stream === stream) n += letter.attempts + (this.#at_door.has(letter.dead_letter_id) ? 0 : 1);
    return n;
  }

  list(query: Parameters<HistoryStore["deadLetters"]>[0]): StoredDeadLetter[] {
    const newest = this.#newest();
    let from = 0;
    if (query.before_id !== undefined) {
      const before = asUuid(query.before_id);
      from = newest.findIndex((letter) => letter.dead_letter_id === before) + 1;
      if (from === 0) return [];
    }
    return newest
      .slice(from)
      .filter((one) => query.stream === undefined || one.stream === query.stream)
      .filter((one) => query.state === undefined || one.state === query.state)
      .slice(0, Math.max(1, Math.min(query.limit, limits.list_rows_max)));
  }

  byId(ids: readonly string[]): StoredDeadLetter[] {
    if (ids.length > limits.replay_dead_letters_max)
      throw new RangeError(
        `Cannot read ${ids.length} dead letters: at most ${limits.replay_dead_letters_max}`,
      );
    const asked = new Set(ids.map(asUuid));
    return this.#newest().filter((letter) => asked.has(letter.dead_letter_id));
  }

  counts(): { stream: string; state: StoredDeadLetter["state"]; count: number }[] {
    const groups = Map.groupBy(this.#letters.values(), ({ stream, state }) => `${stream} ${state}`);
    return [...groups.values()]
      .map((group) => ({ stream: group[0]!.stream, state: group[0]!.state, count: group.length }))
      .sort((a, b) => order(a.stream, b.stream) || order(a.state, b.state));
  }

  markReplayed(marked: Parameters<HistoryStore["markReplayed"]>[0]): void {
    for (const { dead_letter_id, attempts } of marked) {
      const letter = this.#letters.get(asUuid(dead_letter_id) ?? "");
      // One that was refused again meanwhile has one more attempt: it is open, and stays so.
      if (letter?.state === "open" && letter.attempts === attempts) letter.state = "replayed";
    }
  }

  #add(dead_letter_id: string, letter: PlacedLetter): void {
    const kept = { ...stored(letter), stream: storable(letter.stream), dead_letter_id };
    this.#letters.set(dead_letter_id, { ...kept, state: "open", attempts: 0 });
  }

  #known(stream: string, text: string | null): string | null {
    const id = asUuid(text);
    return id !== null && this.#letters.get(id)?.stream === stream ? id : null;
  }

  #newest(): StoredDeadLetter[] {
    return [...this.#letters.values()]
      .sort((a, b) => b.received_at_ms - a.received_at_ms || order(b.dead_letter_id, a.dead_letter_id))
      .map((letter) => ({ ...letter }));
  }
}

/** As a table would give it back. */
const stored = (letter: DeadLetter): DeadLetter => ({
  ...letter,
  topic: storable(letter.topic),
  source: storable(letter.source),
  pointer: storable(letter.pointer),
  value: storable(letter.value),
  rule: storable(letter.rule),
  payload: letter.payload === null ? null : letter.payload.slice(),
});

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
