/** What every page is rendered with, from the request; and the page as an answer. */
import type { Context } from "hono";
import { getCookie } from "hono/cookie";
import type { PlainFrame } from "../views/page.ts";
import { encoded } from "./compress.ts";
import type { ReadDeps } from "./deps.ts";
import { assetRoutes } from "./pages-assets.ts";

export type FrameOf = (c: Context) => PlainFrame;

export const frames =
  ({ city, clock }: Pick<ReadDeps, "city" | "clock">): FrameOf =>
  (c) => {
    const { own, vendor } = assetRoutes();
    return {
      city,
      now_ms: clock.now(),
      theme: (["light", "dark"] as const).find((theme) => theme === getCookie(c, "theme")) ?? "auto",
      palette: (c.req.query("palette") ?? getCookie(c, "palette")) === "classic" ? "classic" : "safe",
      assets: { own, vendor },
    };
  };

interface AnswerOptions {
  status?: number;
  type?: string;
  /** Beside the cookie, which holds the theme. */
  vary?: string;
}

/** A text made for this reader and this moment: asked for again each time. What all answers have comes from the app. */
export async function answerPage(c: Context, body: string, options: AnswerOptions = {}): Promise<Response> {
  const { status = 200, type = "text/html; charset=utf-8", vary } = options;
  const headers = new Headers({
    "content-type": type,
    "cache-control": "no-cache",
    vary: vary === undefined ? "Cookie" : `Cookie, ${vary}`,
  });
  return new Response(await encoded(body, c.req.header("accept-encoding"), headers), { status, headers });
}
