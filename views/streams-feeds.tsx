/** The feeds on the Streams page: a row each, and under it what went wrong, what is held back, and whom to name. */
import type { FeedState, FeedStatus } from "../src/core/feed-status.ts";
import { clockSeconds, count, span } from "./format.ts";
import type { Moment } from "./streams-table.tsx";

const STATES: Readonly<Record<FeedState, readonly [sign: string, word: string]>> = {
  waiting: ["○", "waiting"],
  ok: ["●", "ok"],
  late: ["◐", "late"],
  failing: ["✕", "failing"],
  suspect: ["▲", "suspect"],
  spent: ["◐", "calls used up"],
  unattended: ["○", "unattended"],
};

export const Feeds = ({ feeds, now }: { feeds: readonly FeedStatus[]; now: Moment }) => (
  <section class="feeds" aria-label="Feeds">
    <h2>
      Feeds{" "}
      <small>
        that are polled; <a href="/api/feeds">as JSON</a>
      </small>
    </h2>
    <p class="note" id="feeds-said" role="status" hx-morph-skip="true"></p>
    {feeds.length === 0 ? (
      <p class="empty">
        No feed is polled: FEEDS names none. Events come in over HTTP, Kafka and from the simulator as well.
      </p>
    ) : (
      <div class="scroll" tabindex={0} role="region" aria-label="Feeds and how they do">
        <table>
          <thead>
            <tr>
              <th scope="col">Feed</th>
              <th scope="col">State</th>
              <th scope="col" class="n">
                Newest event
              </th>
              <th scope="col" class="n">
                Last call
              </th>
              <th scope="col" class="n">
                OK, 1 h
              </th>
              <th scope="col" class="n">
                OK, 24 h
              </th>
              <th scope="col" class="n">
                Calls today
              </th>
              <th scope="col" class="n">
                Polled every
              </th>
              <th scope="col" class="n">
                Next in
              </th>
              <th scope="col" class="n">
                Values in
              </th>
              <th scope="col" class="n">
                Refused
              </th>
              <th scope="col" class="n">
                Held back
              </th>
            </tr>
          </thead>
          {feeds.map((feed) => (
            <Feed feed={feed} now={now} />
          ))}
        </table>
      </div>
    )}
  </section>
);

const COLUMNS = 12;

const Feed = ({ feed, now }: { feed: FeedStatus; now: Moment }) => {
  const { quota, totals } = feed;
  const [sign, word] = STATES[feed.state];
  const about = aboutOf(feed, now);
  return (
    <tbody id={`f-${feed.feed}`} data-state={feed.state}>
      <tr>
        <th scope="row">
          {feed.label} <small>{feed.streams.join(", ")}</small>
        </th>
        <td>
          <span class={`state ${feed.state}`}>
            <span aria-hidden="true">{sign}</span> {word}
          </span>
        </td>
        <td class="n">{ago(feed.newest_event_ms, now)}</td>
        <td class="n">{ago(feed.last_call_ms, now)}</td>
        <td class="n">{percent(feed.success_rate_hour)}</td>
        <td class="n">{percent(feed.success_rate_day)}</td>
        <td class="n">
          {count(quota.calls)}
          {quota.max === null ? "" : ` of ${count(quota.max)}`}
        </td>
        <td class="n">{span(feed.interval_ms)}</td>
        <td class="n">{nextIn(feed, now)}</td>
        <td class="n">{count(totals.accepted)}</td>
        <td class="n">{count(totals.rejected)}</td>
        <td class="n">{count(totals.held)}</td>
      </tr>
      {about.length === 0 ? null : (
        <tr class="about">
          <td colspan={COLUMNS}>
            <small>
              {about.map((part, i) => (
                <>
                  {i === 0 ? "" : " · "}
                  {part}
                </>
              ))}
            </small>
          </td>
        </tr>
      )}
    </tbody>
  );
};

/** What has no column, worst first. */
function aboutOf(feed: FeedStatus, now: Moment): readonly unknown[] {
  const { suspect, last_error, attribution, interval_ms, every_ms, circuit } = feed;
  const zone = now.city.zone;
  const parts: unknown[] = [];
  if (suspect !== null)
    parts.push(
      <strong>
        Not believed since {clockSeconds(suspect.since_ms, zone)}: {suspect.words}. {count(suspect.held)}{" "}
        values are held back as open dead letters.{" "}
        <button type="button" data-believe={feed.feed}>
          Believe it
        </button>
      </strong>,
    );
  if (circuit !== "closed") parts.push(<>circuit {circuit}</>);
  if (interval_ms > 1.05 * every_ms)
    parts.push(
      <>
        every {span(interval_ms)} instead of {span(every_ms)}, so that the day's calls last
      </>,
    );
  if (last_error !== null) {
    const over = (feed.last_success_ms ?? 0) > last_error.at_ms;
    const at = last_error.request === null ? "" : ` (${last_error.request})`;
    parts.push(
      <span class={over ? undefined : "fault"}>
        last error {span(now.now_ms - last_error.at_ms)} ago{over ? ", over since" : ""}: {last_error.kind}
        {at}, {last_error.words}
      </span>,
    );
  }
  if (attribution.length > 0) parts.push(<>{attribution.join(", ")}</>);
  return parts;
}

const ago = (ms: number | null, { now_ms }: Moment): string => (ms === null ? "never" : span(now_ms - ms));

/** Whole percents, but never 100 for less. */
const percent = (share: number | null): string =>
  share === null ? "–" : `${share === 1 ? 100 : Math.min(99, Math.round(100 * share))} %`;

const nextIn = ({ state, next_poll_ms }: FeedStatus, { now_ms }: Moment): string =>
  state === "unattended" || next_poll_ms === null ? "–" : span(next_poll_ms - now_ms);
