/** TomTom Traffic, flow segment data: the road nearest to a point, one call per point. */
import { z } from "zod";
import { midpoint } from "../../core/coordinates.ts";
import { traffic } from "../../streams/traffic.ts";
import { defineFeed, type AnswerError, type FeedContext, type FeedRequest, type FeedValue } from "./feed.ts";
import { pointsVariable, roadPoints, type Point } from "./points.ts";

/** Above this a speed rests on vehicles that drive there now; below it on history, in between on both. */
const CONFIDENCE_LIVE = 0.6;
/** Of the map whose roads may answer: at 12 small streets do not, so that a main road's point gets the main road. */
const ZOOM = 12;

const flow = z.object({
  /** km/h, as asked for. */
  currentSpeed: z.number(),
  freeFlowSpeed: z.number(),
  confidence: z.number().nullish(),
  roadClosure: z.boolean().nullish(),
  coordinates: z
    .object({ coordinate: z.array(z.object({ latitude: z.number(), longitude: z.number() })) })
    .nullish(),
});

const refusal = z.object({
  error: z.string(),
  detailedError: z.object({ code: z.string().nullish(), message: z.string().nullish() }).nullish(),
});

export const tomtomAnswer = z.union([z.object({ flowSegmentData: flow }), refusal]);
export type TomtomAnswer = z.output<typeof tomtomAnswer>;
export type TomtomFlow = z.output<typeof flow>;

/** Is it a measurement, and not what TomTom knows from last week? */
export const isLive = ({ confidence }: TomtomFlow): boolean =>
  confidence === null || confidence === undefined || confidence > CONFIDENCE_LIVE;

/** TomTom says neither when nor what: the time is the call's, the key the point's. Null where nothing was measured. */
export function tomtomEvent(data: TomtomFlow, { key, name, at }: Point): FeedValue | null {
  const closed = data.roadClosure === true;
  if (!closed && !isLive(data)) return null;
  const middle = midpoint(data.coordinates?.coordinate);
  const [longitude, latitude] = middle === null || middle === "invalid" ? at : middle;
  return {
    road_id: key,
    road_name: name,
    current_speed: data.currentSpeed,
    free_flow_speed: data.freeFlowSpeed,
    road_closed: closed,
    latitude,
    longitude,
  };
}

export const tomtomVariables = {
  TOMTOM_API_KEY: {
    kind: "secret",
    required: true,
    doc: "Key of TomTom's Traffic API, from developer.tomtom.com.",
  },
  TOMTOM_URL: {
    kind: "url",
    required: false,
    default: "https://api.tomtom.com",
    doc: "Where TomTom's Traffic API is.",
  },
} as const;

export const tomtomAttribution = "Traffic data © TomTom";

export const tomtomRequest = ({ settings }: FeedContext, id: string, { at }: Point): FeedRequest => ({
  id,
  url: `${settings.text("TOMTOM_URL")}/traffic/services/4/flowSegmentData/absolute/${ZOOM}/json`,
  query: {
    point: `${at[1]},${at[0]}`,
    unit: "KMPH",
    openLr: "false",
    key: settings.secret("TOMTOM_API_KEY")!,
  },
});

/** The road network ends before the point: so it will be the next time. */
export const tomtomNoData = (status: number, text: string): string | null =>
  status === 400 && /point too far from nearest existing segment/i.test(text)
    ? "Point too far from nearest existing segment"
    : null;

/** An error that came with status 200. */
export function tomtomError(answer: TomtomAnswer): AnswerError | null {
  if ("flowSegmentData" in answer) return null;
  const words = answer.detailedError?.message ?? answer.error;
  return {
    kind: /key|forbidden/i.test(words) ? "key" : /limit|quota|qps/i.test(words) ? "rate" : "upstream",
    words,
  };
}

export const tomtom = defineFeed<TomtomAnswer>({
  name: "tomtom",
  label: "TomTom Traffic",
  doc: "Speed on the road at each of a list of points, by default the middles of the city's main roads.",
  attribution: [tomtomAttribution],
  variables: { ...tomtomVariables, ...pointsVariable },
  every_ms: null,
  calls_per_day_max: 2_500,
  streams: [traffic],
  requests: (context) => roadPoints(context).map((point) => tomtomRequest(context, point.key, point)),
  accepts: ["application/json"],
  decode: "json",
  schema: tomtomAnswer,
  error_in_answer: tomtomError,
  no_data: tomtomNoData,
  events: (answer, context) => {
    const point = roadPoints(context).find(({ key }) => key === context.request.id);
    if (point === undefined || !("flowSegmentData" in answer)) return [];
    const event = tomtomEvent(answer.flowSegmentData, point);
    return [{ stream: traffic, values: event === null ? [] : [event] }];
  },
  measures: [
    { stream: traffic, field: "current_speed" },
    { stream: traffic, field: "free_flow_speed" },
  ],
});
