/** A row per stream, which opens to its partitions: the same columns for both, so that they add up under each other. */
import type { StreamStatus } from "../src/serving/answer.ts";
import { clockSeconds, count, dateTime, fixed, instant, span } from "./format.ts";
import type { Frame } from "./page.ts";
import { cityStreams } from "./streams-sentence.ts";

export type Moment = Pick<Frame, "city" | "now_ms">;
type Partition = StreamStatus["partitions"][number];

/** What a stream and a partition both have. */
type Ledger = Pick<
  Partition,
  "consumed" | "stored" | "duplicate" | "dead" | "late" | "lag_ms" | "lag_events" | "watermark"
>;

interface Column {
  name: string;
  /** Of the sum: a ground of its own. */
  sum?: boolean;
  cell: (row: Ledger, now: Moment) => unknown;
}

const ledger: readonly Column[] = [
  { name: "Consumed", cell: (row) => count(row.consumed) },
  { name: "= Stored", sum: true, cell: (row) => count(row.stored) },
  { name: "+ Duplicate", sum: true, cell: (row) => count(row.duplicate) },
  { name: "+ Dead", sum: true, cell: (row) => count(row.dead) },
  {
    name: "Adds up",
    cell: (row) => <Sum difference={row.consumed - row.stored - row.duplicate - row.dead} />,
  },
  { name: "Late", cell: (row) => count(row.late) },
  { name: "Lag, s", cell: (row) => fixed(row.lag_ms / 1_000, 1) },
  { name: "Lag, events", cell: (row) => count(row.lag_events) },
  { name: "Watermark", cell: (row, now) => <Instant text={row.watermark} now={now} /> },
];

const classOf = ({ sum }: Column): string => (sum === true ? "n sum" : "n");

/** Number of columns before the ledger's, and after. */
const BEFORE = 4;
const AFTER = 1;

interface TableProps {
  status: readonly StreamStatus[];
  now: Moment;
  /** Streams that declare no live view: history answers for them, and nothing is amiss. */
  without_live: ReadonlySet<string>;
}

export const StreamsTable = ({ status, now, without_live }: TableProps) => {
  const streams = cityStreams(status);
  return (
    <div class="scroll" tabindex={0} role="region" aria-label="Streams, their ledgers and partitions">
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
            {ledger.map((column) => (
              <th scope="col" class={classOf(column)}>
                {column.name}
              </th>
            ))}
            <th scope="col">Layer</th>
          </tr>
        </thead>
        {streams.map((s) => (
          <Stream s={s} now={now} alone={streams.length === 1} live={!without_live.has(s.stream)} />
        ))}
      </table>
    </div>
  );
};

/** Opened by its address alone (`#p-traffic`), so that it needs no script and a link shows what its sender saw. */
const Stream = ({ s, now, alone, live }: { s: StreamStatus; now: Moment; alone: boolean; live: boolean }) => (
  <>
    <tbody class="stream">
      <tr id={`s-${s.stream}`} data-state={s.state}>
        <th scope="row">
          <a href={`/api/streams/${s.stream}/current`}>{s.label}</a> <small>{s.topic}</small>
          {alone ? null : (
            <small>
              <a class="opens" href={`#p-${s.stream}`}>
                {count(s.partitions.length)} {s.partitions.length === 1 ? "partition" : "partitions"}
              </a>
              <a class="closes" href={`#s-${s.stream}`}>
                close
              </a>
            </small>
          )}
        </th>
        <td>
          <StateWord state={s.state} />
        </td>
        <td class="n">{s.age_ms === null ? "never" : span(s.age_ms)}</td>
        <td class="n">{fixed(s.events_per_s, 1)}</td>
        <LedgerCells row={s} now={now} />
        <td>{layerOf(s, live)}</td>
      </tr>
    </tbody>
    <tbody
      class={alone ? "parts open" : "parts"}
      id={`p-${s.stream}`}
      aria-label={`Partitions of ${s.label}`}
    >
      {s.partitions.map((p) => (
        <tr id={`p-${s.stream}-${p.partition}`}>
          <th scope="row">partition {p.partition}</th>
          <td class="place">
            <small>
              {count(p.next_offset)} of {count(p.end_offset)}
            </small>
          </td>
          <td class="n">{p.age_ms === null ? "never" : span(p.age_ms)}</td>
          <td></td>
          <LedgerCells row={p} now={now} />
          <td></td>
        </tr>
      ))}
      <tr class="about">
        <td colspan={BEFORE + ledger.length + AFTER}>
          <small>{aboutOf(s, live)}</small>
        </td>
      </tr>
    </tbody>
  </>
);

const LedgerCells = ({ row, now }: { row: Ledger; now: Moment }) => (
  <>
    {ledger.map((column) => (
      <td class={classOf(column)}>{column.cell(row, now)}</td>
    ))}
  </>
);

/** Which layer answers for now; tinted only where the live view should, and cannot. */
const layerOf = ({ layer }: StreamStatus, live: boolean) =>
  !live ? "history" : layer === "batch" ? <span class="batch">≈ batch</span> : layer;

/** What has no column: keys, fields that nobody declared, what was refused before the log. */
function aboutOf(s: StreamStatus, live: boolean): string {
  const refused = s.rejected.map(({ source, count: n }) => `${source} ${count(n)}`).join(", ");
  return [
    live
      ? `${count(s.live_keys)} of ${count(s.expected_keys)} keys live`
      : "no live view is declared: history answers",
    `${count(s.unknown_fields)} unknown fields dropped`,
    `${count(s.open_dead_letters)} dead letters open`,
    refused === "" ? "nothing refused at the door" : `refused at the door: ${refused}`,
  ].join(" · ");
}

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
