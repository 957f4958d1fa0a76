/** A page that says what is wrong and where to go on. */
import { layout, type LayoutProps } from "./layout.tsx";
import type { PlainFrame } from "./page.ts";

export const faultPage = (
  frame: PlainFrame,
  title: string,
  detail: string,
  path: LayoutProps["path"] = "/roads",
): string =>
  layout({
    frame,
    title,
    path,
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
