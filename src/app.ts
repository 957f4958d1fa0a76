/** The whole HTTP side as one app: routes, pages and files, behind the guard. Knows no server and no driver. */
import { OpenAPIHono, type RouteConfig } from "@hono/zod-openapi";
import type { Hono } from "hono";
import { requestId } from "hono/request-id";
import { airForecastRoutes } from "../routes/air-forecast.ts";
import { aliasRoutes } from "../routes/aliases.ts";
import { analyticsRoutes } from "../routes/analytics.ts";
import { asyncApiDocument } from "../routes/asyncapi.ts";
import { dataRoutes } from "../routes/data.ts";
import { qualityRoutes } from "../routes/data-quality.ts";
import { deadLetterRoutes } from "../routes/dead-letters.ts";
import type { ReadDeps, Scope } from "../routes/deps.ts";
import { episodeRoutes } from "../routes/episodes.ts";
import { docsRoutes } from "../routes/docs.ts";
import { feedRoutes } from "../routes/feeds.ts";
import { healthRoutes, type Readiness } from "../routes/health.ts";
import { jobRoutes } from "../routes/jobs.ts";
import { liveDocument } from "../routes/live-document.ts";
import { emergencyRoutes } from "../routes/emergencies.ts";
import { hospitalRoutes } from "../routes/hospitals.ts";
import { guard } from "../routes/middleware/guard.ts";
import { secureHeaders } from "../routes/middleware/headers.ts";
import { unanswered } from "../routes/not-found.ts";
import { openApiDocument, serveDocument } from "../routes/openapi.ts";
import { assetRoutes } from "../routes/pages-assets.ts";
import { frames } from "../routes/pages-frame.ts";
import { paperRoutes } from "../routes/papers.ts";
import { problemOf, problemResponse, validationHook } from "../routes/problem.ts";
import { problemRoutes } from "../routes/problems.ts";
import { measureRequests, metricsRoutes, type MeasureRequest, type MetricsText } from "../routes/metrics.ts";
import { predictionAccuracyRoutes } from "../routes/prediction-accuracy.ts";
import { predictionRoutes } from "../routes/predictions.ts";
import { roadPatternRoutes } from "../routes/road-patterns.ts";
import { roadRoutes } from "../routes/roads.ts";
import { salesRoutes } from "../routes/sales.ts";
import { streamRoutes } from "../routes/streams.ts";
import { trafficRoutes } from "../routes/traffic.ts";
import { trafficDayRoutes } from "../routes/traffic-day.ts";
import { vehicleRoutes } from "../routes/vehicles.ts";
import { windowRoutes } from "../routes/windows.ts";
import type { Stream } from "./core/stream.ts";
import type { DeadLetters } from "./serving/dead-letters.ts";
import { noQuality, type QualityDesk } from "./serving/quality-desk.ts";
import type { FeedDesk } from "./serving/feeds.ts";
import { noJobs, type JobsDesk } from "./serving/jobs.ts";

/** A part that was built elsewhere; what it declares joins the document. */
type Part = OpenAPIHono | Hono;

/** What the app is made of: everything that reads, writes or knows the time is handed in. */
export interface Deps extends ReadDeps {
  readiness: Readiness;
  deadLetters: DeadLetters;
  /** Nobody is polled without it. */
  feeds?: FeedDesk;
  /** There are none without it. */
  jobs?: JobsDesk;
  /** Nothing is judged without it. */
  quality?: QualityDesk;
  /** Wanted for the scopes ingest and operate where it is set. */
  admin_token?: string | undefined;
  /** Names beside the loopback ones under which writes are taken; without scheme or port. */
  allowed_hosts: readonly string[];
  version: string;
  /** `POST /api/ingest/{stream}`. */
  ingest: Part;
  /** `GET /api/live` and the pages' `/live`. */
  live: Part;
  pages: Part;
  /** `/metrics`, and who is told of every request that was answered. */
  metrics?: { text: MetricsText; measure: MeasureRequest };
  /** Told of every error that is nobody's fault but ours, for the log. */
  onFault?: (error: unknown, request_id: string, path: string) => void;
}

/** Composes the app. Nothing starts until a request comes; what is read is the files of the pages. */
export function createApp(deps: Deps): OpenAPIHono {
  const app = new OpenAPIHono({ defaultHook: validationHook });
  const scopes = new Map<string, Scope>();
  if (deps.metrics !== undefined) app.use(measureRequests(deps.metrics.measure, deps.clock));
  app.use(requestId({ limitLength: 64 }));
  app.use(secureHeaders);
  app.use(guard({ allowed_hosts: deps.allowed_hosts, admin_token: deps.admin_token, scopes }));
  app.onError((error, c) => {
    const problem = problemOf(error);
    if (problem.name === "internal") deps.onFault?.(error, c.get("requestId"), c.req.path);
    return problemResponse(c, problem);
  });

  const frame = frames(deps);
  const parts: Part[] = [
    // Before addresses with a key in them: /api/emergencies/active is no emergency's.
    aliasRoutes(deps),
    ...named(deps),
    hospitalRoutes(deps),
    streamRoutes(deps),
    windowRoutes(deps),
    dataRoutes(deps),
    deadLetterRoutes(deps, deps.deadLetters),
    feedRoutes(deps, deps.feeds ?? { believe: async () => null }),
    jobRoutes(deps, deps.jobs ?? noJobs),
    qualityRoutes(deps, deps.quality ?? noQuality(deps.streams)),
    deps.ingest,
    deps.live,
    healthRoutes(deps.readiness, deps.version),
    ...(deps.metrics === undefined ? [] : [metricsRoutes(deps.metrics.text)]),
    problemRoutes(frame),
  ];
  for (const part of parts) mount(app, part);
  if (!declares(app, "/api/live")) app.openAPIRegistry.registerPath(liveDocument(deps.streams));
  for (const route of declared(app))
    scopes.set(`${route.method.toUpperCase()} ${honoPath(route.path)}`, route["x-scope"] as Scope);

  serveDocument(app, "/openapi.json", openApiDocument(app, deps.version, deps.admin_token !== undefined));
  serveDocument(app, "/asyncapi.json", asyncApiDocument(deps.streams, deps.version));
  app.route("/", docsRoutes(frame, deps.city.roads[0]?.road_id ?? "1"));
  mount(app, deps.pages);
  app.route("/", assetRoutes().app);
  app.notFound(unanswered(app, frame));
  return app;
}

/** Addresses of single streams, of those that are here. */
function named(deps: ReadDeps): readonly Part[] {
  const makers: Readonly<Record<string, (stream: Stream) => readonly Part[]>> = {
    traffic: (stream) => [
      trafficRoutes(deps, stream),
      trafficDayRoutes(deps, stream),
      episodeRoutes(deps),
      roadPatternRoutes(deps, stream),
      analyticsRoutes(deps),
      paperRoutes(deps, stream),
      roadRoutes(deps, stream),
    ],
    readings: () => [airForecastRoutes(deps)],
    predictions: (stream) => [predictionRoutes(deps, stream), predictionAccuracyRoutes(deps)],
    vehicles: (stream) => [vehicleRoutes(deps, stream)],
    emergencies: (stream) => [emergencyRoutes(deps, stream)],
    transactions: (stream) => [salesRoutes(deps, stream)],
  };
  return deps.streams.flatMap((stream) => makers[stream.name]?.(stream) ?? []);
}

const mount = (app: OpenAPIHono, part: Part): unknown =>
  part instanceof OpenAPIHono ? app.route("/", part) : app.route("/", part);

/** Routes as OpenAPI knows them, those of mounted apps included. */
const declared = (app: OpenAPIHono): readonly RouteConfig[] =>
  app.openAPIRegistry.definitions.flatMap((definition) =>
    definition.type === "route" ? [definition.route] : [],
  );

const declares = (app: OpenAPIHono, path: string): boolean =>
  declared(app).some((route) => route.path === path);

/** `/a/{b}` as Hono writes it: `/a/:b`. */
export const honoPath = (path: string): string => path.replaceAll(/\{(.+?)\}/g, ":$1");
