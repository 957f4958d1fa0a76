/** Streams: is the data coming, and is any lost? */
import { markup } from "./markup.ts";
import type { StreamStatus } from "../src/serving/answer.ts";
import type { Delivery } from "../src/serving/delivery.ts";
import { DeadLetters, type DeadLetterRow } from "./dead-letters.tsx";
import { layout, partial } from "./layout.tsx";
import type { Frame } from "./page.ts";
import { BatchViews } from "./streams-batch.tsx";
import { DeliveryNow, Warnings } from "./streams-delivery.tsx";
import { Feeds } from "./streams-feeds.tsx";
import { Jobs } from "./streams-jobs.tsx";
import { streamsSentence, streamsTitle } from "./streams-sentence.ts";
import { StreamsTable } from "./streams-table.tsx";

export interface StreamsProps {
  frame: Frame;
  status: readonly StreamStatus[];
  delivery: Delivery;
  dead_letters: readonly DeadLetterRow[];
  cursor: string;
  /** Streams that declare no live view. */
  without_live: ReadonlySet<string>;
}

export function streamsPage(props: StreamsProps): string {
  const { frame, status, delivery, dead_letters, cursor, without_live } = props;
  return layout({
    frame,
    title: streamsTitle(status, delivery),
    path: "/streams",
    page: "streams",
    script: "streams-page.js",
    live: { url: "/live?page=streams&tick_ms=1000", cursor },
    children: (
      <>
        <header>
          <h1>Streams</h1>
          <p class="sentence" id="streams-sentence">
            {streamsSentence(status, delivery)}
          </p>
        </header>
        <div id="streams-warnings">
          <Warnings warnings={delivery.warnings} now={frame} />
        </div>
        <div id="streams">
          <StreamsTable status={status} now={frame} without_live={without_live} />
        </div>
        <div id="streams-feeds">
          <Feeds feeds={delivery.feeds} now={frame} />
        </div>
        <div id="streams-jobs">
          <Jobs jobs={delivery.jobs} now={frame} />
        </div>
        <div id="streams-batch">
          <BatchViews status={status} now={frame} />
        </div>
        <div id="streams-delivery">
          <DeliveryNow delivery={delivery} status={status} now={frame} />
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

/** What changes on the page of streams each second, for all its readers at once. */
export function renderStreamsNote(
  status: readonly StreamStatus[],
  delivery: Delivery,
  city: Frame["city"],
  now_ms: number,
  without_live: ReadonlySet<string>,
): string {
  const now = { city, now_ms };
  return (
    partial("#streams-sentence", streamsSentence(status, delivery)) +
    partial("#streams-warnings", markup(<Warnings warnings={delivery.warnings} now={now} />)) +
    partial("#streams", markup(<StreamsTable status={status} now={now} without_live={without_live} />)) +
    partial("#streams-feeds", markup(<Feeds feeds={delivery.feeds} now={now} />)) +
    partial("#streams-jobs", markup(<Jobs jobs={delivery.jobs} now={now} />)) +
    partial("#streams-batch", markup(<BatchViews status={status} now={now} />)) +
    partial("#streams-delivery", markup(<DeliveryNow delivery={delivery} status={status} now={now} />))
  );
}

export { StreamsTable } from "./streams-table.tsx";
