/** `/openapi.json`: built once, from the routes themselves. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { encoded } from "./compress.ts";
import { derivedTag, matches, notModified } from "./etag.ts";
import { problems } from "./schema/problem.ts";

export type OpenApiDocument = ReturnType<OpenAPIHono["getOpenAPI31Document"]>;

export const openApiDocument = (
  app: OpenAPIHono,
  version: string,
  token_wanted: boolean,
): OpenApiDocument => {
  const document = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Arterial",
      version,
      description: [
        "A city now and before, with one voice: roads, air, vehicles, emergencies, weather, cameras, sales.",
        "Lists and ranges answer `{ data, meta }`; `meta` says where the answer comes from and how fresh it is.",
        "Times out are UTC with `Z`, speeds km/h, distances km, coordinates WGS 84.",
        "Errors are `application/problem+json` (RFC 9457). A parameter that an address does not know is refused.",
        "Every operation declares its scope in `x-scope`: read, ingest or operate.",
        "Every live list takes `bbox`, or `near` with `radius_km`, and `max_age`. Topics and the live feed are in `/asyncapi.json`.",
        "One cursor for everything: `meta.cursor` of an answer resumes `/api/live`, and an event's id is a list's `since`.",
      ].join("\n\n"),
      license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
    },
    servers: [{ url: "/" }],
  });
  delete document.webhooks;
  document.components = {
    ...document.components,
    securitySchemes: {
      token: { type: "http", scheme: "bearer", description: "ADMIN_TOKEN, where the server has one." },
    },
  };
  for (const operation of operationsOf(document)) {
    if (operation.scope === "read") continue;
    operation.object["security"] = token_wanted ? [{ token: [] }] : [{}, { token: [] }];
    // The guard answers before the route: what it may say belongs to every write.
    const responses = operation.object["responses"] as Record<string, unknown>;
    for (const [status, answer] of Object.entries(problems(401, 403))) {
      responses[status] ??= { description: answer.description, content: PROBLEM };
    }
  }
  return document;
};

const PROBLEM = { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } };

export interface Operation {
  method: string;
  path: string;
  scope: unknown;
  object: Record<string, unknown>;
}

const METHODS = new Set(["get", "post", "put", "patch", "delete"]);

/** Every operation of a document. */
export const operationsOf = (document: OpenApiDocument): readonly Operation[] =>
  Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    Object.entries(item as Record<string, Record<string, unknown>>)
      .filter(([method]) => METHODS.has(method))
      .map(([method, object]) => ({ method, path, scope: object["x-scope"], object })),
  );

/** Adds the address of a document to `app`. The text is made once. */
export function serveDocument(app: OpenAPIHono, path: string, document: object): void {
  const body = JSON.stringify(document, null, 2);
  const etag = derivedTag(path, body);
  app.get(path, async (c) => {
    if (matches(c.req.header("if-none-match"), etag)) return notModified(etag, "no-cache", "Accept-Encoding");
    const headers = new Headers({ "content-type": "application/json", etag, "cache-control": "no-cache" });
    return new Response(await encoded(body, c.req.header("accept-encoding"), headers), { headers });
  });
}
