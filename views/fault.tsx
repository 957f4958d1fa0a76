/** A page that says what is wrong and where to go on. */
import { layout } from "./layout.tsx";
import type { Frame } from "./page.ts";

export const faultPage = (frame: Frame, title: string, detail: string): string =>
  layout({
    frame,
    title,
    path: "/roads",
    page: "fault",
    script: "page.js",
    children: (
      <article class="fault">
        <h1>{title}</h1>
        <p>{detail}</p>
        <p>
          <a href="/">The live map</a> · <a href="/roads">All roads</a>
        </p>
      </article>
    ),
  });
