/** What a kind of problem means, for people. */
import { layout } from "./layout.tsx";
import type { PlainFrame } from "./page.ts";

export interface ProblemWords {
  /** As problems name it: `/problems/{name}`. */
  type: string;
  title: string;
  /** HTTP status, 400…599. */
  status: number;
  means: string;
  do: string;
}

export const problemPage = (frame: PlainFrame, problem: ProblemWords): string =>
  layout({
    frame,
    title: problem.title,
    path: "/docs",
    page: "fault",
    script: "page.js",
    children: (
      <article class="fault">
        <h1>{problem.title}</h1>
        <p class="note">
          HTTP {problem.status} · <code>{problem.type}</code>
        </p>
        <p>{problem.means}</p>
        <h2>What to do</h2>
        <p>{problem.do}</p>
        <p>
          <a href="/docs">The API</a>
        </p>
      </article>
    ),
  });
