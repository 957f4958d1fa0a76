/** Streams: is the data coming, and is any lost? */
import { markup } from "./markup.ts";
import type { StreamStatus } from "../src/serving/answer.ts";
import { clockSeconds, count, dateTime, fixed, instant, span } from "./format.ts";
import { layout, partial } from "./layout.tsx";
import { DeadLetters, type DeadLetterRow } from "./dead-letters.tsx";
import type { Frame } from "./page.ts";

export interface StreamsProps {
  frame: Frame;
  status: readonly StreamStatus[];
  dead_letters: readonly DeadLetterRow[];
  cursor: string;
}

type Moment = Pick<Frame, "city" | "now_ms">;

export function streamsPage({ frame, status, dead_letters, cursor }: StreamsProps): string {
  return layout({
    frame,
    title: streamsTitle(status),
    path: "/streams",
    page: "streams",
    script: "streams-page.js",
    live: { url: "/live?page=streams&tick_ms=1000", cursor },
    children: (
      <>
        <header>
          <h1>Streams</h1>
          <p class="sentence" id="streams-sentence">
            {streamsSentence(status)}
          </p>
        </header>
        <div id="streams">
          <StreamsTable status={status} now={frame} />
        </div>
        <section
          class="dead"
          id="dead-letters"
          hx-get="/fragments/dead-letters"
          hx-trigger="every 15s"
          hx-swap="innerMorph"
        >
          <DeadLetters letters={dead_letters} now={frame} />
        </section>
      </>
    ),
  });
}

const faulty = (s: StreamStatus): boolean => s.ledger_difference !== 0;

const streamsTitle = (status: readonly StreamStatus[]): string => {
  const bad = status.filter((s) => s.state !== "live" || faulty(s)).length;
  return bad === 0 ? "● streams live" : `○ ${bad} of ${status.length} streams not live`;
};

function streamsSentence(status: readonly StreamStatus[]): string {
  const lost = status.filter(faulty);
  if (lost.length > 0)
    return `The ledger of ${lost.map((s) => s.label).join(", ")} does not add up: this is a fault, see the Δ below.`;
  const not_live = status.filter((s) => s.state !== "live");
  if (status.length === 0) return "No stream is declared.";
  const newest = `newest event ${span(Math.max(...status.map((s) => s.age_ms ?? 0)))} old`;
  if (not_live.length === 0)
    return status.length === 1
      ? `The stream is live, ${newest}; every event is accounted for.`
      : `All ${status.length} streams are live, slowest ${newest}; every event is accounted for.`;
  return `${not_live.map((s) => `${s.label} is ${s.state}`).join(", ")}; every event that came is accounted for.`;
}

/** Time that stored data is behind, ms: 0 at the log's end. */
const lag = (s: StreamStatus, now_ms: number): number =>
  s.lag_events === 0 ? 0 : Math.max(0, now_ms - (instant(s.watermark) ?? now_ms));

export const StreamsTable = ({ status, now }: { status: readonly StreamStatus[]; now: Moment }) => (
  <>
    <div class="scroll" tabindex={0} role="region" aria-label="Streams and their ledgers">
      <table class="streams">
        <thead>
          <tr>
            <th scope="col">Stream</th>
            <th scope="col">State</th>
            <th scope="col" class="n">
              Newest
            </th>
            <th scope="col" class="n">
              Events/s
            </th>
            <th scope="col" class="n">
              Consumed
            </th>
            <th scope="col" class="n sum">
              = Stored
            </th>
            <th scope="col" class="n sum">
              + Duplicate
            </th>
            <th scope="col" class="n sum">
              + Dead
            </th>
            <th scope="col">Adds up</th>
            <th scope="col" class="n">
              Late
            </th>
            <th scope="col" class="n">
              Lag, s
            </th>
            <th scope="col" class="n">
              Lag, events
            </th>
            <th scope="col" class="n">
              Watermark
            </th>
            <th scope="col">Layer</th>
          </tr>
        </thead>
        <tbody>
          {status.map((s) => (
            <tr id={`s-${s.stream}`} data-state={s.state}>
              <th scope="row">
                <a href={`/api/streams/${s.stream}/current`}>{s.label}</a> <small>{s.topic}</small>
              </th>
              <td>
                <StateWord state={s.state} />
              </td>
              <td class="n">{s.age_ms === null ? "never" : span(s.age_ms)}</td>
              <td class="n">{fixed(s.events_per_s, 1)}</td>
              <td class="n">{count(s.consumed)}</td>
              <td class="n sum">{count(s.stored)}</td>
              <td class="n sum">{count(s.duplicate)}</td>
              <td class="n sum">{count(s.dead)}</td>
              <td>
                <Sum difference={s.ledger_difference} />
              </td>
              <td class="n">{count(s.late)}</td>
              <td class="n">{fixed(lag(s, now.now_ms) / 1_000, 1)}</td>
              <td class="n">{count(s.lag_events)}</td>
              <td class="n">
                <Instant text={s.watermark} now={now} />
              </td>
              <td>{s.layer === "batch" ? <span class="batch">≈ batch</span> : s.layer}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
    {status.map((s) => (
      <StreamParts s={s} now={now} />
    ))}
  </>
);

const StreamParts = ({ s, now }: { s: StreamStatus; now: Moment }) => (
  <section class="parts" id={`p-${s.stream}`} aria-label={`Partitions of ${s.label}`}>
    <h2>
      {s.label}{" "}
      <small>
        {count(s.live_keys)} of {count(s.expected_keys)} keys live · {count(s.unknown_fields)} unknown fields
        dropped · {count(s.open_dead_letters)} dead letters open
      </small>
    </h2>
    <div class="columns-2">
      <div class="scroll" tabindex={0} role="region" aria-label={`Partitions of ${s.label}`}>
        <table>
          <thead>
            <tr>
              <th scope="col">Partition</th>
              <th scope="col" class="n">
                Next offset
              </th>
              <th scope="col" class="n">
                of
              </th>
              <th scope="col" class="n">
                Consumed
              </th>
              <th scope="col" class="n sum">
                = Stored
              </th>
              <th scope="col" class="n sum">
                + Duplicate
              </th>
              <th scope="col" class="n sum">
                + Dead
              </th>
              <th scope="col">Adds up</th>
              <th scope="col" class="n">
                Late
              </th>
              <th scope="col" class="n">
                Watermark
              </th>
            </tr>
          </thead>
          <tbody>
            {s.partitions.map((p) => (
              <tr id={`p-${s.stream}-${p.partition}`}>
                <th scope="row">{p.partition}</th>
                <td class="n">{count(p.next_offset)}</td>
                <td class="n">{count(p.end_offset)}</td>
                <td class="n">{count(p.consumed)}</td>
                <td class="n sum">{count(p.stored)}</td>
                <td class="n sum">{count(p.duplicate)}</td>
                <td class="n sum">{count(p.dead)}</td>
                <td>
                  <Sum difference={p.consumed - p.stored - p.duplicate - p.dead} />
                </td>
                <td class="n">{count(p.late)}</td>
                <td class="n">
                  <Instant text={p.watermark} now={now} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div class="rejected">
        <h3>Refused at the door</h3>
        {s.rejected.length === 0 ? (
          <p class="empty">Nothing was refused.</p>
        ) : (
          <dl class="facts">
            {s.rejected.map((r) => (
              <div>
                <dt>{r.source}</dt>
                <dd>{count(r.count)}</dd>
              </div>
            ))}
          </dl>
        )}
      </div>
    </div>
  </section>
);

const STATES: Readonly<Record<StreamStatus["state"], string>> = {
  live: "●",
  delayed: "◐",
  silent: "○",
  empty: "○",
};

const StateWord = ({ state }: { state: StreamStatus["state"] }) => (
  <span class={`state ${state}`}>
    <span aria-hidden="true">{STATES[state]}</span> {state}
  </span>
);

const Sum = ({ difference }: { difference: number }) =>
  difference === 0 ? (
    <span class="adds-up">
      <span aria-hidden="true">✓</span>
      <span class="hidden">yes</span>
    </span>
  ) : (
    <strong class="fault">Δ {count(difference)}</strong>
  );

const Instant = ({ text, now }: { text: string | null; now: Moment }) => {
  const ms = instant(text);
  if (ms === null || text === null) return <>–</>;
  const same_day = Math.abs(now.now_ms - ms) < 12 * 3_600_000;
  return (
    <time datetime={text}>{same_day ? clockSeconds(ms, now.city.zone) : dateTime(ms, now.city.zone)}</time>
  );
};

/** What changes on the page of streams each second, for all its readers at once. */
export const renderStreamsNote = (
  status: readonly StreamStatus[],
  city: Frame["city"],
  now_ms: number,
): string =>
  partial("#streams-sentence", streamsSentence(status)) +
  partial("#streams", markup(<StreamsTable status={status} now={{ city, now_ms }} />));
