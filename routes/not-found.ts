/** Addresses that there are not, methods that an address does not take, and OPTIONS. */
import type { Context, Hono } from "hono";
import { faultPage } from "../views/fault.tsx";
import { prefersHtml } from "./format.ts";
import { answerPage, type FrameOf } from "./pages-frame.ts";
import { problemResponse } from "./problem.ts";

/** Answers what no route has answered. Called with the whole app, whose routes say which methods there are. */
export function unanswered(
  app: Pick<Hono, "routes">,
  frame: FrameOf,
): (c: Context) => Response | Promise<Response> {
  // Made at the first miss: all routes are there by then.
  let known: readonly { method: string; pattern: RegExp }[] | null = null;
  return (c) => {
    known ??= app.routes
      .filter((route) => route.method !== "ALL")
      .map(({ method, path }) => ({ method, pattern: patternOf(path) }));
    const methods = new Set(
      known.filter(({ pattern }) => pattern.test(c.req.path)).map(({ method }) => method),
    );
    if (methods.has("GET")) methods.add("HEAD");
    // A route that takes the method has looked and found nothing: a file that there is not.
    if (methods.size > 0 && !methods.has(c.req.method)) {
      const allow = [...methods, "OPTIONS"].join(", ");
      if (c.req.method === "OPTIONS") return new Response(null, { status: 204, headers: { allow } });
      const response = problemResponse(c, {
        name: "method-not-allowed",
        detail: `${c.req.path.slice(0, 200)} does not take ${c.req.method}; it takes ${allow}`,
      });
      response.headers.set("allow", allow);
      return response;
    }
    if (!c.req.path.startsWith("/api/") && prefersHtml(c.req.header("accept"))) {
      const detail = `Nothing is at ${c.req.path.slice(0, 200)}.`;
      return answerPage(c, faultPage(frame(c), "There is no such page", detail, null), {
        status: 404,
        vary: "Accept",
      });
    }
    return problemResponse(c, {
      name: "not-found",
      detail: `Nothing is at ${c.req.path.slice(0, 200)}; /openapi.json lists every address`,
    });
  };
}

const patternOf = (path: string): RegExp =>
  new RegExp(
    `^${path
      .replace(/[.+?^$()|[\]\\]/g, "\\$&")
      .replace(/\/:[^/{]+(\{[^}]*\})?/g, "/[^/]+")
      .replaceAll("*", ".*")}$`,
  );
