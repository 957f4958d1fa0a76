/** `/problems/{name}`: what a problem means. A page for people, JSON for programs. */
import { z } from "@hono/zod-openapi";
import { problemNames, type ProblemName } from "../src/core/errors.ts";
import { problemPage } from "../views/problem.tsx";
import { prefersHtml } from "./format.ts";
import { newRoutes, route } from "./new-routes.ts";
import { key } from "./parameters.ts";
import { answerPage, type FrameOf } from "./pages-frame.ts";
import { notFound } from "./problem.ts";
import { problemWords } from "./problem-words.ts";
import { whole, words_of } from "./schema/numbers.ts";
import { problems } from "./schema/problem.ts";

const explained = z
  .object({
    type: words_of("Address of this page, as problems name it."),
    title: words_of("The kind of problem."),
    status: whole(400, 599, "1", "HTTP status."),
    means: words_of("What it means."),
    do: words_of("What to do."),
  })
  .openapi("ProblemType");

const isProblem = (name: string): name is ProblemName => Object.hasOwn(problemNames, name);

export function problemRoutes(frame: FrameOf) {
  return newRoutes().openapi(
    route({
      method: "get",
      path: "/problems/{name}",
      operationId: "problemType",
      summary: "What a problem means",
      tags: ["Problems"],
      "x-scope": "read",
      request: { params: z.object({ name: key("Name of the problem.") }) },
      responses: {
        200: {
          description: "The problem, explained.",
          content: {
            "application/json": { schema: explained },
            "text/html": {
              schema: z.string().openapi({ description: "The same as a page, where Accept asks for HTML." }),
            },
          },
        },
        ...problems(400, 404),
      },
    }),
    async (c): Promise<Response> => {
      const { name } = c.req.valid("param");
      if (!isProblem(name))
        throw notFound(`There is no problem "${name}"; there are ${Object.keys(problemNames).join(", ")}`);
      const { title, status } = problemNames[name];
      const problem = { type: `/problems/${name}`, title, status, ...problemWords[name] };
      if (!prefersHtml(c.req.header("accept"))) {
        return Response.json(problem, {
          headers: { vary: "Accept", "cache-control": "public, max-age=3600" },
        });
      }
      return answerPage(c, problemPage(frame(c), problem), { vary: "Accept" });
    },
  );
}
