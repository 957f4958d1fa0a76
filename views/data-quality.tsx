/** Data quality: is the data whole, and is it plausible? Days, the worst keys with reasons, what analytics leave out. */
import type {
  Exclusion,
  QualityDay,
  QualityKey,
  QualityReport,
  SourceDay,
} from "../src/serving/quality-desk.ts";
import { count, fixed } from "./format.ts";
import { layout } from "./layout.tsx";
import type { Frame } from "./page.ts";
import { HoursGrid } from "./quality-hours.tsx";

export interface QualityProps {
  frame: Frame;
  /** Null where nobody judges any. */
  report: QualityReport | null;
  streams: readonly { name: string; label: string }[];
}

export const percentOf = (share: number | null): string =>
  share === null ? "–" : `${fixed(100 * share, 1)} %`;

const sum = (days: readonly QualityDay[], name: "n" | "expected_n"): number =>
  days.reduce((total, day) => total + day[name], 0);

/** The page in a sentence. */
export function qualitySentence(report: QualityReport | null): string {
  if (report === null || report.days.length === 0)
    return "Nothing is judged yet: the job data-quality does it each hour at :30.";
  const { days, keys, exclusions } = report;
  const came = days.reduce((total, day) => total + (day.completeness ?? 0) * day.expected_n, 0);
  const share = came / Math.max(1, sum(days, "expected_n"));
  const bad = keys.filter(({ reasons }) => reasons.length > 0).length;
  const out = new Set(exclusions.map(({ key }) => key)).size;
  return [
    `${percentOf(share)} of the expected events of ${report.label.toLowerCase()} came from ${report.from_day} to ${report.to_day}`,
    bad === 0
      ? "no key stands out"
      : `${count(bad)} of the ${count(keys.length)} worst keys ${bad === 1 ? "has" : "have"} faults`,
    out === 0 ? "none is left out of analytics" : `${count(out)} left out of analytics`,
  ]
    .join("; ")
    .concat(".");
}

export function dataQualityPage({ frame, report, streams }: QualityProps): string {
  return layout({
    frame,
    title: "Data quality",
    path: "/streams",
    page: "data-quality",
    script: "page.js",
    style: "quality.css",
    children: (
      <>
        <header>
          <h1>Data quality</h1>
          <p class="sentence">{qualitySentence(report)}</p>
        </header>
        {report === null ? null : <Report report={report} streams={streams} />}
      </>
    ),
  });
}

const Report = ({ report, streams }: { report: QualityReport; streams: QualityProps["streams"] }) => {
  const { stream, from_day, to_day } = report;
  const api = `/api/analytics/data-quality?stream=${stream}&from=${from_day}&to=${to_day}`;
  return (
    <>
      <form class="filter" method="get" action="/data-quality">
        <label>
          Stream{" "}
          <select name="stream">
            {streams.map(({ name, label }) => (
              <option value={name} selected={name === stream}>
                {label}
              </option>
            ))}
          </select>
        </label>{" "}
        <label>
          From <input type="date" name="from" value={from_day} />
        </label>{" "}
        <label>
          To <input type="date" name="to" value={to_day} />
        </label>{" "}
        <button type="submit">Show</button>{" "}
        <small>
          <a href={api}>JSON</a> · <a href={`${api}&format=csv`}>keys as CSV</a> ·{" "}
          <a href="/streams">streams</a> · <a href="/analytics">analytics</a>
        </small>
      </form>
      <section aria-label="Days">
        <h2>
          Days <small>share of the expected events, by hour since the day began</small>
        </h2>
        {report.days.length === 0 ? (
          <p class="empty">
            No day of this range was judged. For older days run <code>bun run job data-quality</code> with{" "}
            <code>--from</code> and <code>--to</code>.
          </p>
        ) : (
          <>
            <HoursGrid days={report.days} label={report.label} />
            <Days days={report.days} />
          </>
        )}
      </section>
      <section aria-label="Worst keys">
        <h2>
          Worst keys{" "}
          <small>
            {count(report.keys.length)} of {count(report.keys_n)}, by what is missing
          </small>
        </h2>
        <Keys keys={report.keys} roads={stream === "traffic"} />
      </section>
      <section aria-label="Left out of analytics">
        <h2>
          Left out of analytics <small>live answers, raw rows and windows keep them</small>
        </h2>
        <Exclusions exclusions={report.exclusions} />
      </section>
      <section aria-label="Sources and their clocks">
        <h2>
          Sources <small>from event time until receipt; without what was marked as backfill</small>
        </h2>
        <Sources sources={report.sources} />
      </section>
    </>
  );
};

const Head = ({ names }: { names: readonly (readonly [name: string, number?: boolean])[] }) => (
  <thead>
    <tr>
      {names.map(([name, number]) => (
        <th scope="col" class={number === true ? "n" : ""}>
          {name}
        </th>
      ))}
    </tr>
  </thead>
);

const Days = ({ days }: { days: readonly QualityDay[] }) => (
  <div class="scroll" tabindex={0} role="region" aria-label="Days, their completeness and faults">
    <table>
      <Head
        names={[
          ["Day"],
          ["Whole", true],
          ["Events", true],
          ["Expected", true],
          ["Keys", true],
          ["Stuck", true],
          ["Jumping", true],
          ["Left out", true],
          ["Duplicate", true],
          ["Late", true],
          ["Dead", true],
        ]}
      />
      <tbody>
        {days.toReversed().map((day) => (
          <tr>
            <th scope="row">{day.day}</th>
            <td class="n">{percentOf(day.completeness)}</td>
            <td class="n">{count(day.n)}</td>
            <td class="n">{count(day.expected_n)}</td>
            <td class="n">{count(day.keys)}</td>
            <td class="n">{count(day.stuck_keys)}</td>
            <td class="n">{count(day.jump_keys)}</td>
            <td class="n">{count(day.excluded_keys)}</td>
            <td class="n">{rate(day, "duplicate")}</td>
            <td class="n">{rate(day, "late")}</td>
            <td class="n">{rate(day, "dead")}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

/** Share of what was consumed on the day; unknown without the day before. */
const rate = ({ ledger }: QualityDay, name: "duplicate" | "late" | "dead"): string =>
  ledger === null
    ? "–"
    : ledger.consumed === 0
      ? "0 %"
      : `${fixed((100 * ledger[name]) / ledger.consumed, 2)} %`;

const Keys = ({ keys, roads }: { keys: readonly QualityKey[]; roads: boolean }) =>
  keys.length === 0 ? (
    <p class="empty">No key fits.</p>
  ) : (
    <div class="scroll" tabindex={0} role="region" aria-label="Keys, worst first">
      <table>
        <Head
          names={[
            ["Key"],
            ["Whole", true],
            ["Events", true],
            ["Stuck, h", true],
            ["Jumps", true],
            ["What is wrong"],
          ]}
        />
        <tbody>
          {keys.map((row) => (
            <tr>
              <th scope="row">
                {roads ? <a href={`/roads/${encodeURIComponent(row.key)}`}>{row.key}</a> : row.key}
              </th>
              <td class="n">{percentOf(row.completeness)}</td>
              <td class="n">{count(row.n)}</td>
              <td class="n">{count(row.stuck_hours)}</td>
              <td class="n">{count(row.jumps)}</td>
              <td>
                {row.reasons.length === 0 ? <small>nothing</small> : row.reasons.join("; ")}
                {row.excluded ? (
                  <>
                    {" "}
                    <strong>
                      <span aria-hidden="true">⊘</span> left out
                    </strong>
                  </>
                ) : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );

const Exclusions = ({ exclusions }: { exclusions: readonly Exclusion[] }) =>
  exclusions.length === 0 ? (
    <p class="empty">No key is left out in this range.</p>
  ) : (
    <div class="scroll" tabindex={0} role="region" aria-label="Keys that analytics leave out">
      <table>
        <Head names={[["Key"], ["From"], ["To"], ["Rule"], ["Why"]]} />
        <tbody>
          {exclusions.map((one) => (
            <tr>
              <th scope="row">{one.key}</th>
              <td>{one.from_day}</td>
              <td>{one.to_day ?? "no end"}</td>
              <td>{one.rule === "hand" ? "by hand" : one.rule}</td>
              <td>{one.reason}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );

const Sources = ({ sources }: { sources: readonly SourceDay[] }) =>
  sources.length === 0 ? (
    <p class="empty">No events but those marked as backfill.</p>
  ) : (
    <div class="scroll" tabindex={0} role="region" aria-label="Sources and their delays">
      <table>
        <Head
          names={[
            ["Source"],
            ["Day"],
            ["Events", true],
            ["Median, s", true],
            ["99 %, s", true],
            ["Ahead of us", true],
          ]}
        />
        <tbody>
          {sources.toReversed().map((one) => (
            <tr>
              <th scope="row">{one.source}</th>
              <td>{one.day}</td>
              <td class="n">{count(one.n)}</td>
              <td class="n">{one.delay_p50_ms === null ? "–" : fixed(one.delay_p50_ms / 1_000, 1)}</td>
              <td class="n">{one.delay_p99_ms === null ? "–" : fixed(one.delay_p99_ms / 1_000, 1)}</td>
              <td class="n">{count(one.ahead_n)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
