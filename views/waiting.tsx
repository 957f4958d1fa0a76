/** While a server is not there yet: what this one waits for. */
import { layout } from "./layout.tsx";
import type { PlainFrame } from "./page.ts";

export interface WaitWords {
  part: string;
  reason: string;
}

export const waitingPage = (frame: PlainFrame, waits: readonly WaitWords[]): string =>
  layout({
    frame,
    title: "Starting",
    path: null,
    page: "fault",
    script: "page.js",
    children: (
      <article class="fault">
        <h1>Arterial is starting</h1>
        <p class="note">This page looks again by itself.</p>
        {waits.length === 0 ? (
          <p>It will be there in a moment.</p>
        ) : (
          <>
            <p>It waits for</p>
            <ul>
              {waits.map(({ part, reason }) => (
                <li>
                  <b>{part}</b>: {reason}
                </li>
              ))}
            </ul>
          </>
        )}
      </article>
    ),
  });
