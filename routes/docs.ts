/** `/docs`: the API reference, with three lines to try first. Everything comes from this server. */
import { Hono } from "hono";
import { apiPage } from "../views/api.tsx";
import { answerPage, type FrameOf } from "./pages-frame.ts";

/** @param first_key A key to try, from the city itself. */
export const docsRoutes = (frame: FrameOf, first_key: string): Hono =>
  new Hono().get("/docs", (c) =>
    answerPage(c, apiPage({ frame: frame(c), origin: new URL(c.req.url).origin, first_key })),
  );
