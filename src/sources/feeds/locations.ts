/**
 * Air and traffic of each location, read together and told as one: AQICN's index and TomTom's speed at the same place in
 * the same poll. Where only one of the two answers, the reading has that one.
 */
import { z } from "zod";
import { formatInstant } from "../../core/time.ts";
import { readings } from "../../streams/readings.ts";
import {
  airOf,
  aqicnAnswer,
  aqicnAttribution,
  aqicnError,
  aqicnRequest,
  aqicnVariables,
  holds,
  isStation,
  type Air,
} from "./aqicn.ts";
import { defineFeed, type FeedValue } from "./feed.ts";
import { locationPoints, pointsVariable, type Point } from "./points.ts";
import {
  isLive,
  tomtomAnswer,
  tomtomAttribution,
  tomtomError,
  tomtomNoData,
  tomtomRequest,
  tomtomVariables,
  type TomtomFlow,
} from "./tomtom.ts";

/** Ids of a location's two requests. */
const ids = ({ key }: Point) => ({ air: `${key}: air`, traffic: `${key}: traffic` });

/** Told apart by what they have: AQICN's answers have a status, TomTom's have none. */
const answer = z.union([aqicnAnswer, tomtomAnswer]);
type Answer = z.output<typeof answer>;

/**
 * One reading of a location, or none where there is neither. Its time is the poll's as long as there is traffic, or air
 * that still holds; air alone that holds no more belongs to its own time.
 */
export function reading(
  { key, at }: Point,
  air: Air | null,
  traffic: TomtomFlow | null,
  now_ms: number,
): FeedValue | null {
  const now = air !== null && holds(air.measured_ms, now_ms);
  if (traffic === null && air === null) return null;
  return {
    location: key,
    ...(traffic === null && air !== null && !now ? { timestamp: formatInstant(air.measured_ms) } : {}),
    latitude: at[1],
    longitude: at[0],
    ...(air !== null && (now || traffic === null) ? { aqi_value: air.aqi_value } : {}),
    ...(traffic === null
      ? {}
      : { current_speed: traffic.currentSpeed, free_flow_speed: traffic.freeFlowSpeed }),
  };
}

/** What TomTom measured: of a closed road, or from history, there is no speed of now. */
function flowOf(sent: Answer | undefined): TomtomFlow | null {
  if (sent === undefined || !("flowSegmentData" in sent)) return null;
  const flow = sent.flowSegmentData;
  return flow.roadClosure !== true && isLive(flow) ? flow : null;
}

export const locations = defineFeed<Answer>({
  name: "locations",
  label: "Locations",
  doc: "Air quality (AQICN) and traffic (TomTom) of each location, read together.",
  attribution: [...aqicnAttribution, tomtomAttribution],
  variables: { ...aqicnVariables, ...tomtomVariables, ...pointsVariable },
  every_ms: null,
  // Every second call is TomTom's, of which 2,500 a day are free.
  calls_per_day_max: 5_000,
  streams: [readings],
  requests: (context) =>
    locationPoints(context).flatMap((point) => [
      aqicnRequest(context, ids(point).air, point),
      tomtomRequest(context, ids(point).traffic, point),
    ]),
  accepts: ["application/json"],
  decode: "json",
  schema: answer,
  error_in_answer: (sent) => ("status" in sent ? aqicnError(sent) : tomtomError(sent)),
  no_data: tomtomNoData,
  events: () => [],
  together: (answers, context) => {
    const by_id = new Map(answers.map(({ request, answer: sent }) => [request.id, sent]));
    const faults: string[] = [];
    const values = locationPoints(context).map((point) => {
      const sent = by_id.get(ids(point).air);
      const heard =
        sent !== undefined && "status" in sent && isStation(sent) ? airOf(sent.data, point) : null;
      if (heard !== null && heard.fault !== null) faults.push(heard.fault);
      return reading(point, heard?.air ?? null, flowOf(by_id.get(ids(point).traffic)), context.now_ms);
    });
    return [{ stream: readings, values: values.filter((value) => value !== null), faults }];
  },
  measures: [
    { stream: readings, field: "current_speed" },
    { stream: readings, field: "free_flow_speed" },
  ],
});
