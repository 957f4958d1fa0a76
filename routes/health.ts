/** `/healthz`: the process answers. `/readyz`: it makes progress; else 503 with what it waits for. */
import { z } from "@hono/zod-openapi";
import { objectAnswer } from "./answers.ts";
import { newRoutes, route } from "./new-routes.ts";
import { presentJson } from "./present.ts";
import { problemResponse } from "./problem.ts";
import { words_of } from "./schema/numbers.ts";
import { notReadySchema, problems, waitSchema } from "./schema/problem.ts";

export interface Wait {
  /** Which part: `history`, `log`, `history-from-log`. */
  part: string;
  /** What it waits for, as a phrase: `catching up, 12,000 events behind`. */
  reason: string;
}

/** Judged by progress, not by a port that is open. */
export interface Readiness {
  /** What is not ready yet; none when all is. Answers within a second, never throws for a part that is away. */
  waitingFor(): Promise<readonly Wait[]>;
}

const tags = ["Health"];

export function healthRoutes(readiness: Readiness, version: string) {
  return newRoutes()
    .openapi(
      route({
        method: "get",
        path: "/healthz",
        operationId: "healthz",
        summary: "Is the process alive",
        tags,
        "x-scope": "read",
        responses: {
          ...objectAnswer(
            "Alive.",
            z.object({ status: z.literal("alive"), version: words_of("Release.") }).openapi("Alive"),
          ),
          ...problems(),
        },
      }),
      (c) => presentJson(c, { status: "alive", version }, "no-store"),
    )
    .openapi(
      route({
        method: "get",
        path: "/readyz",
        operationId: "readyz",
        summary: "Is the process ready, by progress",
        tags,
        "x-scope": "read",
        responses: {
          ...objectAnswer(
            "Ready.",
            z
              .object({ status: z.literal("ready"), waiting_for: z.array(waitSchema).max(0) })
              .openapi("Ready"),
          ),
          ...problems(),
          503: {
            description: "Not ready, and what it waits for.",
            content: { "application/problem+json": { schema: notReadySchema } },
          },
        },
      }),
      async (c) => {
        const waiting_for = await readiness.waitingFor();
        if (waiting_for.length === 0) return presentJson(c, { status: "ready", waiting_for }, "no-store");
        const detail = `Waiting for ${waiting_for.map(({ part, reason }) => `${part} (${reason})`).join(", ")}`;
        return problemResponse(c, { name: "unavailable", detail, retry_after_s: 1 }, { waiting_for });
      },
    );
}
