/** Makes the rows of data quality of some days anew, and what follows from them: the keys that are left out of analytics. */
import { dayStartBefore, localDay, nextDayStart } from "../core/local-day.ts";
import type { Stream } from "../core/stream.ts";
import type { Clock } from "../core/time.ts";
import type { HistoryStore } from "../history/history-store.ts";
import type { QualityStore } from "../history/quality/quality-store.ts";
import {
  completeness,
  delayEdges,
  exclusionsOf,
  isExpected,
  judgedOf,
  judgeDay,
  SKEW_MS,
  sourceDay,
  type QualityRules,
} from "./data-quality.ts";

export interface JudgeOptions {
  quality: Pick<QualityStore, "hours" | "jumps" | "keys" | "delays" | "put" | "putExclusions" | "noteLedger">;
  history: Pick<HistoryStore, "ledger" | "rejected">;
  streams: readonly Stream[];
  zone: string;
  rules: QualityRules;
  clock: Clock;
  signal: AbortSignal;
  progress: (done: number, total: number, words: string) => void;
}

export interface Judged {
  /** Rows of keys and days. */
  rows: number;
  excluded: number;
  included: number;
  /** A sentence for each stream and day. */
  words: readonly string[];
}

/** A key that was seen within so many days before is missed when it is silent. */
const SEEN_DAYS = 7;

/** @param day_starts First instants of local days, in order. @throws {HistoryUnavailableError}; the signal's reason. */
export async function judgeDays(day_starts: readonly number[], options: JudgeOptions): Promise<Judged> {
  const { streams, signal, progress, zone, clock } = options;
  const wanted = streams.filter(isExpected);
  const sum = { rows: 0, excluded: 0, included: 0, words: [] as string[] };
  await noteLedgers(options);
  let done = 0;
  for (const from_ms of day_starts) {
    for (const stream of wanted) {
      signal.throwIfAborted();
      progress(done++, day_starts.length * wanted.length, `${stream.label}, ${localDay(from_ms, zone)}`);
      const until_ms = Math.min(nextDayStart(from_ms, zone), clock.now());
      if (until_ms <= from_ms) continue;
      const did = await judgeOne(stream, from_ms, until_ms, options);
      sum.rows += did.rows;
      sum.excluded += did.added;
      sum.included += did.removed;
      if (did.words !== null) sum.words.push(did.words);
    }
  }
  return sum;
}

async function judgeOne(
  stream: Stream,
  from_ms: number,
  until_ms: number,
  { quality, zone, rules }: JudgeOptions,
): Promise<{ rows: number; added: number; removed: number; words: string | null }> {
  const day = localDay(from_ms, zone);
  const judged = judgedOf(stream);
  const [keys, hours, jumps, delays] = await Promise.all([
    quality.keys(stream, dayStartBefore(from_ms, zone, SEEN_DAYS), until_ms),
    quality.hours(stream, judged, from_ms, until_ms),
    judged === null ? [] : quality.jumps(stream, judged, from_ms, until_ms),
    quality.delays(stream, from_ms, until_ms, delayEdges),
  ]);
  const { expected_period_ms } = stream;
  const rows = judgeDay({ day, from_ms, until_ms, expected_period_ms, keys, hours, jumps });
  const sources = delays.map((one) => sourceDay(day, one));
  await quality.put(stream.name, day, rows, sources);
  const wanted = exclusionsOf(stream.name, rows, rules);
  const changed = await quality.putExclusions(stream.name, day, wanted);
  if (rows.length === 0) return { rows: 0, ...changed, words: null };
  const total = (name: "observed_n" | "expected_n"): number => rows.reduce((n, row) => n + row[name], 0);
  const share = completeness({ observed_n: total("observed_n"), expected_n: total("expected_n") });
  const stuck = rows.filter(({ stuck_hours }) => stuck_hours > 0).length;
  const jumped = rows.filter((row) => row.jumps > 0).length;
  const skewed = sources.filter(({ delay_p50_ms }) => delay_p50_ms !== null && delay_p50_ms < SKEW_MS);
  const words = [
    `${stream.name} ${day}: ${share === null ? "nothing expected yet" : `${(100 * share).toFixed(1)} % of the expected events`}`,
    ...(stuck === 0 ? [] : [`${stuck} stuck`]),
    ...(jumped === 0 ? [] : [`${jumped} with jumps`]),
    ...(skewed.length === 0 ? [] : [`clock ahead: ${skewed.map(({ source }) => source).join(", ")}`]),
    ...(wanted.length === 0 ? [] : [`${new Set(wanted.map(({ key }) => key)).size} excluded`]),
  ];
  return { rows: rows.length, ...changed, words: words.join(", ") };
}

/** The ledger as it is now, as today's. */
async function noteLedgers({ quality, history, streams, zone, clock }: JudgeOptions): Promise<void> {
  const rejected = await history.rejected();
  for (const stream of streams) {
    const ledger = await history.ledger(stream);
    if (ledger.length === 0) continue;
    const sum = (name: "consumed" | "stored" | "duplicate" | "dead" | "late"): number =>
      ledger.reduce((total, row) => total + row[name], 0);
    await quality.noteLedger(stream.name, localDay(clock.now(), zone), {
      consumed: sum("consumed"),
      stored: sum("stored"),
      duplicate: sum("duplicate"),
      dead: sum("dead"),
      late: sum("late"),
      rejected: rejected.reduce((n, one) => n + (one.stream === stream.name ? one.count : 0), 0),
    });
  }
}
