/** The batch views on the Streams page: how far each stream's views are, what waits to be redone, what the last audit found. */
import type { BatchStatus } from "../src/serving/batch-status.ts";
import type { StreamStatus } from "../src/serving/answer.ts";
import { clockTime, count, dateTime, instant, span } from "./format.ts";
import type { Moment } from "./streams-table.tsx";

export const BatchViews = ({ status, now }: { status: readonly StreamStatus[]; now: Moment }) => {
  const rows = status.flatMap(({ stream, label, internal, batch }) =>
    internal || batch === undefined ? [] : [{ stream, label, batch }],
  );
  return (
    <section class="batch-views" aria-label="Batch views">
      <h2>
        Batch views{" "}
        <small>
          answers take hours and days from them, what is newer from windows;{" "}
          <a href="/data-quality">data quality</a>
        </small>
      </h2>
      {rows.length === 0 ? (
        <p class="empty">Not known yet: how the views do is read from the database.</p>
      ) : (
        <div class="scroll" tabindex={0} role="region" aria-label="Batch views and audits">
          <table>
            <thead>
              <tr>
                <th scope="col">Stream</th>
                <th scope="col">Made up to</th>
                <th scope="col" class="n">
                  Windows to redo
                </th>
                <th scope="col" class="n">
                  Last refresh
                </th>
                <th scope="col" class="n">
                  Took
                </th>
                <th scope="col">Last audit</th>
                <th scope="col" class="n">
                  Compared
                </th>
                <th scope="col" class="n">
                  Repaired, ever
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <Row {...row} now={now} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
};

const Row = ({
  stream,
  label,
  batch,
  now,
}: {
  stream: string;
  label: string;
  batch: BatchStatus;
  now: Moment;
}) => (
  <tr id={`batch-${stream}`}>
    <th scope="row">{label}</th>
    <td>{batch.views.length === 0 ? <small>windows only</small> : <Frontiers batch={batch} now={now} />}</td>
    <td class="n">{batch.views.length === 0 ? "–" : count(batch.dirty_windows)}</td>
    <td class="n">{ago(batch.refreshed?.at, now)}</td>
    <td class="n">{batch.refreshed === null ? "–" : span(batch.refreshed.took_ms)}</td>
    <td>
      <Audit audit={batch.audit} now={now} />
    </td>
    <td class="n">{batch.audit === null ? "–" : count(batch.audit.compared)}</td>
    <td class="n">{batch.audit === null ? "–" : count(batch.audit.repaired_total)}</td>
  </tr>
);

/** One time where all views stand alike. */
const Frontiers = ({ batch: { views }, now }: { batch: BatchStatus; now: Moment }) => {
  const times = new Set(views.map(({ frontier }) => frontier));
  if (times.size === 1) return <At text={views[0]!.frontier} now={now} />;
  return (
    <>
      {views.map(({ view, frontier }, i) => (
        <>
          {i === 0 ? "" : ", "}
          <At text={frontier} now={now} /> <small>{view.replaceAll("_", " ")}</small>
        </>
      ))}
    </>
  );
};

const Audit = ({ audit, now }: { audit: BatchStatus["audit"]; now: Moment }) => {
  if (audit === null) return <small>none yet</small>;
  const found = audit.found + audit.live_found;
  return found === 0 ? (
    <>
      <span aria-hidden="true">✓</span> no difference <small>{ago(audit.at, now)} ago</small>
    </>
  ) : (
    <>
      <strong class="fault">▲ {count(found)} differed</strong> <small>{audit.words}</small>
    </>
  );
};

const At = ({ text, now }: { text: string | null; now: Moment }) => {
  const ms = instant(text);
  if (ms === null || text === null) return <small>not made yet</small>;
  const { zone } = now.city;
  return (
    <time datetime={text}>
      {Math.abs(now.now_ms - ms) < 12 * 3_600_000 ? clockTime(ms, zone) : dateTime(ms, zone)}
    </time>
  );
};

const ago = (text: string | undefined, now: Moment): string => {
  const ms = text === undefined ? null : instant(text);
  return ms === null ? "–" : span(Math.max(0, now.now_ms - ms));
};
