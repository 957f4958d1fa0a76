/**
 * Events of every stream of the demo city, in a mix of that of a living city: nine of ten are roads' and vehicles'. What the
 * simulator would report now is the pattern; time, identity and measures are made anew for each event, because making the
 * city's whole life at this rate would cost more than taking it.
 */
import type { City } from "../../src/core/city.ts";
import type { Stream } from "../../src/core/stream.ts";
import { formatInstant } from "../../src/core/time.ts";
import { makersOf, type Made } from "../../src/sources/simulator/index.ts";
import { alertTypes, notifications } from "../../src/streams/notifications.ts";
import { emergencies, emergencyStates } from "../../src/streams/emergencies.ts";
import { predictions } from "../../src/streams/predictions.ts";
import { routeUpdates } from "../../src/streams/route-updates.ts";
import { traffic } from "../../src/streams/traffic.ts";
import { vehicles } from "../../src/streams/vehicles.ts";

export interface Load {
  stream: Stream;
  per_s: number;
  /** The n-th event. */
  make: (n: number, now_ms: number) => Made;
}

/** Per second, at any rate: many times what the demo has. The rest is shared by roads and vehicles. */
const SMALL: Readonly<Record<string, number>> = {
  readings: 10,
  weather: 4,
  cameras: 70,
  transactions: 60,
  emergencies: 2,
  notifications: 1,
  predictions: 20,
  "route-updates": 0.1,
};
const OF_ROADS = 0.6;
/** A call goes through its states, one each time it is told of again. */
const CALLS_AT_ONCE = 40;

export function loadOf(city: City, events_per_s: number, now_ms: number): readonly Load[] {
  const small = Object.values(SMALL).reduce((sum, per_s) => sum + per_s, 0);
  const rest = Math.max(0, events_per_s - small);
  const simulated = makersOf(city, 1).map(({ stream, look_back_ms, between }): Load => {
    const patterns = between(now_ms - look_back_ms, now_ms);
    if (patterns.length === 0) throw new Error(`The simulator made nothing for ${stream.name}`);
    const share = stream === traffic ? rest * OF_ROADS : stream === vehicles ? rest * (1 - OF_ROADS) : null;
    return { stream, per_s: share ?? SMALL[stream.name] ?? 1, make: likeOneOf(stream, patterns) };
  });
  return [...simulated.filter(({ stream }) => stream !== emergencies), ...ours(city)];
}

/** Measures move a little from one report to the next. */
function likeOneOf(stream: Stream, patterns: readonly Made[]): Load["make"] {
  const moves = Object.entries(stream.fields).flatMap(([name, field]) =>
    field.kind === "number" && /speed|latitude|longitude|temperature|amount|pm2_5/.test(name) ? [name] : [],
  );
  return (n, now_ms) => {
    const made: Record<string, Made[string]> = { ...patterns[n % patterns.length]! };
    made[stream.identity] = `${stream.name}-${n}`;
    made[stream.event_time] = formatInstant(now_ms);
    for (const name of moves) {
      const value = made[name];
      const step = /itude/.test(name) ? 0.0004 : 0.4;
      if (typeof value === "number" && value > 1) made[name] = value + step * (((n * 7) % 5) - 2) * 0.5;
    }
    return made;
  };
}

function ours(city: City): readonly Load[] {
  const road = (n: number) => city.roads[n % city.roads.length]!;
  const per_s = (stream: Stream): number => SMALL[stream.name]!;
  return [
    {
      stream: emergencies,
      per_s: per_s(emergencies),
      make(n, now_ms) {
        const told = Math.floor(n / CALLS_AT_ONCE);
        const round = Math.floor(told / emergencyStates.length);
        const [longitude, latitude] = road(n * 31).geometry[0]!;
        return {
          event_id: `emergencies-${n}`,
          timestamp: formatInstant(now_ms),
          emergency_id: `call-${round}-${n % CALLS_AT_ONCE}`,
          status: emergencyStates[told % emergencyStates.length]!,
          severity: "high",
          longitude,
          latitude,
          patient_id: `patient-${n % CALLS_AT_ONCE}`,
        };
      },
    },
    {
      stream: notifications,
      per_s: per_s(notifications),
      make: (n, now_ms) => ({
        event_id: `notifications-${n}`,
        timestamp: formatInstant(now_ms),
        alert_type: alertTypes[n % alertTypes.length]!,
        severity: "medium",
        road_id: road(n).road_id,
        message: "Traffic is slower here than at other times.",
      }),
    },
    {
      stream: predictions,
      per_s: per_s(predictions),
      make: (n, now_ms) => ({
        event_id: `predictions-${n}`,
        timestamp: formatInstant(now_ms),
        road_id: road(n).road_id,
        predicted_speed_10min: 30 + (n % 20),
        predicted_speed_20min: 32,
        predicted_speed_30min: 34,
        prediction_confidence: 0.8,
      }),
    },
    {
      stream: routeUpdates,
      per_s: per_s(routeUpdates),
      make: (n, now_ms) => ({
        event_id: `route-updates-${n}`,
        timestamp: formatInstant(now_ms),
        graph_version: `v${n}`,
        roads_updated: city.roads.length,
        update_type: "live_applied",
      }),
    },
  ];
}
