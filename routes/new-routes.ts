/** How every file of routes begins: an OpenAPI app that answers our problems. */
import { createRoute, OpenAPIHono, type RouteConfig } from "@hono/zod-openapi";
import { validationHook } from "./problem.ts";
import type { Scope } from "./deps.ts";

/** Errors are left to the app that it is mounted in: one way out for all. */
export const newRoutes = (): OpenAPIHono => new OpenAPIHono({ defaultHook: validationHook });

type Responses = Readonly<Record<number, RouteConfig["responses"][string]>>;

/** A route with the scope it demands; a route without one does not compile. */
export const route = <
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- kept apart from R, so that the path stays a literal and its parameters have names.
  const P extends string,
  R extends Omit<RouteConfig, "path" | "responses"> & {
    path: P;
    "x-scope": Scope;
    operationId: string;
    summary: string;
    tags: string[];
  },
>(
  config: R & { responses: Responses },
) => createRoute<P, R & { responses: Responses }>(config);
