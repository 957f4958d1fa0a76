/** Dead letters to read and to try again. Trying again is an append to the log like any other: no second way in. */
import { formatCursor } from "../core/cursor.ts";
import { limits } from "../core/limits.ts";
import type { Stream } from "../core/stream.ts";
import type { HistoryStore, StoredDeadLetter } from "../history/history-store.ts";
import type { Log, NewRecord } from "../log/log.ts";

export type { StoredDeadLetter };

export interface DeadLetterQuery {
  stream?: string;
  state?: StoredDeadLetter["state"];
  /** 1 to `limits.list_rows_max`. */
  limit: number;
  /** Only letters older than this one. */
  before_id?: string;
}

export type NotReplayed = "not-found" | "not-open" | "cut" | "no-value" | "no-stream";

export interface ReplayOutcome {
  replayed: readonly string[];
  skipped: readonly { dead_letter_id: string; why: NotReplayed }[];
  /** Log position before the append. */
  cursor: string;
}

export interface DeadLetters {
  /** Newest first, without values that may hold a person's field. @throws {HistoryUnavailableError} */
  list(query: DeadLetterQuery): Promise<{ letters: readonly StoredDeadLetter[]; cursor: string }>;
  /**
   * Appends the values of open letters to their streams' topics again, then marks them. Asked twice, a letter that is
   * no longer open is skipped; should both ask at once, identity makes the second a duplicate.
   *
   * @param ids At most `limits.replay_dead_letters_max`; repeats count once.
   * @throws {LogUnavailableError} ask again: what was appended already is a duplicate then.
   * @throws {HistoryUnavailableError}
   */
  replay(ids: readonly string[]): Promise<ReplayOutcome>;
}

export function deadLetters(
  history: Pick<HistoryStore, "deadLetters" | "deadLettersById" | "markReplayed" | "applied">,
  log: Pick<Log, "append" | "epoch">,
  streams: readonly Stream[],
): DeadLetters {
  const by_name = new Map(streams.map((stream) => [stream.name, stream]));
  const persons = new Set(streams.flatMap((stream) => stream.personal));
  const cursor = async (): Promise<string> => formatCursor(await log.epoch(), await history.applied(streams));
  return {
    async list(query) {
      // The position before the data: a cursor is never ahead of what it stands on.
      const at = await cursor();
      const none = query.before_id !== undefined && !isId(query.before_id);
      const letters = none ? [] : await history.deadLetters(query);
      return { letters: letters.map((letter) => told(letter, by_name, persons)), cursor: at };
    },
    async replay(ids) {
      const at = await cursor();
      const wanted = [...new Set(ids)].slice(0, limits.replay_dead_letters_max);
      const found = new Map(
        (await history.deadLettersById(wanted.filter(isId))).map((letter) => [letter.dead_letter_id, letter]),
      );
      const skipped: { dead_letter_id: string; why: NotReplayed }[] = [];
      const records = new Map<Stream, { letters: StoredDeadLetter[]; records: NewRecord[] }>();
      for (const dead_letter_id of wanted) {
        const letter = found.get(dead_letter_id);
        const stream = letter === undefined ? undefined : by_name.get(letter.stream);
        const why = whyNot(letter, stream);
        if (why !== null || letter === undefined || stream === undefined) {
          skipped.push({ dead_letter_id, why: why ?? "not-found" });
          continue;
        }
        const batch = records.get(stream) ?? { letters: [], records: [] };
        records.set(stream, batch);
        batch.letters.push(letter);
        // Marked as backfill: it is old by now, so neither late, nor pushed, nor cause of an alert.
        batch.records.push({
          key: keyOf(stream, letter.payload),
          value: letter.payload,
          headers: { source: "replay", backfill: "1", dead_letter_id },
        });
      }
      const replayed: string[] = [];
      for (const [stream, batch] of records) {
        await log.append(stream.topic, batch.records);
        await history.markReplayed(batch.letters);
        replayed.push(...batch.letters.map((letter) => letter.dead_letter_id));
      }
      return { replayed, skipped, cursor: at };
    },
  };
}

/**
 * Nothing that may hold a person's field leaves: neither of a stream that has some, nor of a value that names one and was
 * sent to another stream by mistake.
 */
function told(
  letter: StoredDeadLetter,
  by_name: ReadonlyMap<string, Stream>,
  persons: ReadonlySet<string>,
): StoredDeadLetter {
  const stream = by_name.get(letter.stream);
  const text = `${letter.value} ${letter.payload === null ? "" : Buffer.from(letter.payload).toString("latin1")}`;
  const personal =
    stream === undefined || stream.personal.length > 0 || [...persons].some((name) => text.includes(name));
  return personal ? { ...letter, value: "", payload: null } : letter;
}

/** Ids are UUIDs; anything else names no letter, and a server is not asked about it. */
const isId = (id: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id);

function whyNot(letter: StoredDeadLetter | undefined, stream: Stream | undefined): NotReplayed | null {
  if (letter === undefined) return "not-found";
  if (stream === undefined) return "no-stream";
  if (letter.state !== "open") return "not-open";
  if (letter.payload === null) return "no-value";
  return letter.payload.length < letter.payload_bytes ? "cut" : null;
}

/** The event's own key, so that it lands in the partition where its like live; null where the value has none. */
function keyOf(stream: Stream, payload: Uint8Array | null): string | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(payload ?? []).toString());
    const key =
      typeof value === "object" && value !== null ? (value as Record<string, unknown>)[stream.key] : null;
    return typeof key === "string" && key.length <= limits.id_chars_max ? key : null;
  } catch {
    return null;
  }
}
