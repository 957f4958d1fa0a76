/** Emergencies: each call of an ambulance, told at each change of its state. */
import { formatInstant, minutes } from "../../core/time.ts";
import { emergencies as stream } from "../../streams/emergencies.ts";
import type { Call } from "./duties.ts";
import type { Made, Maker } from "./maker.ts";
import type { World } from "./world.ts";

export function emergenciesOf(world: World): Maker {
  const { city, streets, fleet } = world;
  const ambulances = fleet.flatMap(({ vehicle_type }, i) => (vehicle_type === "ambulance" ? [i] : []));

  function made(call: Call, vehicle_id: string, { status, ms }: Call["states"][number]): Made {
    const road = city.roads[call.at.road]!;
    const [longitude, latitude] = streets.position(call.at);
    const seen = status !== "dispatched" && status !== "en_route";
    const brought = status === "transporting" || status === "closed" ? call.hospital : null;
    return {
      emergency_id: call.emergency_id,
      status,
      severity: call.severity,
      emergency_type: call.emergency_type,
      latitude,
      longitude,
      address: `${road.road_name}, ${road.district}`,
      vehicle_id,
      ...(brought === null ? {} : { hospital_id: brought.hospital_id }),
      opened_at: formatInstant(call.opened_ms),
      ...(seen ? { patient_id: call.patient_id } : {}),
      timestamp: formatInstant(ms),
      event_id: `${call.emergency_id}_${status}`,
    };
  }

  return {
    stream,
    between(from_ms, to_ms) {
      const out: { ms: number; event: Made }[] = [];
      for (const number of ambulances) {
        for (const { call } of world.callsOf(number, from_ms, to_ms)) {
          for (const state of call.states) {
            if (state.ms >= from_ms && state.ms < to_ms)
              out.push({ ms: state.ms, event: made(call, fleet[number]!.vehicle_id, state) });
          }
        }
      }
      return out.sort((a, b) => a.ms - b.ms).map(({ event }) => event);
    },
    prepare: (from_ms, to_ms) => world.prepare(ambulances, from_ms, to_ms),
    slice_ms: minutes(30),
    period_ms: minutes(60),
    // As long as a call is shown that nobody closed: what ended while nobody told it is told as ended.
    look_back_ms: stream.live?.ttl_ms ?? minutes(60),
    tick_ms: 500,
    past: { times: 1, at_most_ms: Infinity, step_ms: null, in_order: true, events_per_s: 0.012 },
  };
}
