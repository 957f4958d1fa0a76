/** What is answered where there is no site: before the stores are open, and by processes without the role web. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { requestId } from "hono/request-id";
import { waitingPage } from "../views/waiting.tsx";
import type { ReadDeps } from "./deps.ts";
import { healthRoutes, type Readiness, type Wait } from "./health.ts";
import { guard } from "./middleware/guard.ts";
import { secureHeaders } from "./middleware/headers.ts";
import { metricsRoutes, type MetricsText } from "./metrics.ts";
import { newRoutes } from "./new-routes.ts";
import { assetRoutes } from "./pages-assets.ts";
import { answerPage, frames } from "./pages-frame.ts";
import { problemResponse } from "./problem.ts";

export interface WaitingDeps extends Pick<ReadDeps, "city" | "clock"> {
  version: string;
  waits: () => readonly Wait[];
}

/** Seconds until a page or program should look again. */
const AGAIN_S = 1;

/** Alive, not ready, and what is waited for. */
export function waitingRoutes(deps: WaitingDeps): OpenAPIHono {
  const frame = frames(deps);
  const app = bare({ ...deps, readiness: { waitingFor: async () => orOpening(deps.waits()) } });
  app.notFound(async (c) => {
    const waits = deps.waits();
    if (!(c.req.header("accept") ?? "").includes("text/html")) {
      const on = waits.map(({ part, reason }) => `${part} (${reason})`).join(", ");
      const detail = on === "" ? "Arterial is starting" : `Arterial is starting and waits for ${on}`;
      return problemResponse(c, { name: "unavailable", detail, retry_after_s: AGAIN_S });
    }
    const page = await answerPage(c, waitingPage(frame(c), waits), { status: 503 });
    page.headers.set("retry-after", String(AGAIN_S));
    page.headers.set("refresh", String(AGAIN_S));
    return page;
  });
  return app;
}

/** Nothing is waited for, and yet it is not there: it is just being opened. */
const orOpening = (waits: readonly Wait[]): readonly Wait[] =>
  waits.length > 0 ? waits : [{ part: "stores", reason: "being opened" }];

export interface HealthOnlyDeps extends Pick<ReadDeps, "city" | "clock"> {
  version: string;
  readiness: Readiness;
  metrics: MetricsText;
  admin_token: string | undefined;
  allowed_hosts: readonly string[];
}

/** Of a process without the role web: its health, and nothing else. */
export function healthOnly(deps: HealthOnlyDeps): OpenAPIHono {
  const app = bare(deps);
  app.use(guard({ ...deps, scopes: new Map([["GET /metrics", "operate"]]) }));
  app.route("/", metricsRoutes(deps.metrics));
  const detail = "This process has not the role web: it answers /healthz, /readyz and /metrics only";
  app.notFound((c) => problemResponse(c, { name: "not-found", detail }));
  return app;
}

function bare({ readiness, version }: Pick<HealthOnlyDeps, "readiness" | "version">): OpenAPIHono {
  const app = newRoutes();
  app.use(requestId({ limitLength: 64 }));
  app.use(secureHeaders);
  app.route("/", healthRoutes(readiness, version));
  app.route("/", assetRoutes().app);
  return app;
}
