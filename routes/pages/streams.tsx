/** The streams' health, their delivery and dead letters. */
import { Hono } from "hono";
import type { Stream } from "../../src/core/stream.ts";
import { DeadLetters, type DeadLetterRow } from "../../views/dead-letters.tsx";
import { markup } from "../../views/markup.ts";
import { renderStreamsNote, streamsPage, StreamsTable } from "../../views/streams.tsx";
import { answerPage } from "../pages-frame.ts";
import type { Page } from "./page.ts";

const LETTERS_SHOWN = 50;

const withoutLive = (streams: readonly Stream[]): ReadonlySet<string> =>
  new Set(streams.filter(({ live }) => live === null).map(({ name }) => name));

export const streams: Page = {
  note: {
    group: "streams",
    async render({ serving, streams: all, city, clock }) {
      const { data } = await serving.streams();
      return renderStreamsNote(data, serving.delivery(), city, clock.now(), withoutLive(all));
    },
  },

  routes({ serving, streams: all, frame, deadLetters }) {
    const without_live = withoutLive(all);
    const lettersNow = async (): Promise<readonly DeadLetterRow[]> =>
      (await deadLetters?.list({ limit: LETTERS_SHOWN }))?.letters ?? [];

    return new Hono()
      .get("/streams", async (c) => {
        const [cursor, status, dead_letters] = await Promise.all([
          serving.cursor(),
          serving.streams(),
          lettersNow(),
        ]);
        const delivery = serving.delivery();
        return answerPage(
          c,
          streamsPage({ frame: frame(c), status: status.data, delivery, dead_letters, cursor, without_live }),
        );
      })
      .get("/fragments/streams", async (c) => {
        const status = await serving.streams();
        return answerPage(
          c,
          markup(<StreamsTable status={status.data} now={frame(c)} without_live={without_live} />),
        );
      })
      .get("/fragments/dead-letters", async (c) =>
        answerPage(c, markup(<DeadLetters letters={await lettersNow()} now={frame(c)} />)),
      );
  },
};
