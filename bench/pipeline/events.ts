/** The events of the bench: all roads of the demo city in random order, 1 % sent twice, 0.5 % malformed. */
import { cityOf } from "../../src/cities/index.ts";
import { formatInstant } from "../../src/core/time.ts";
import type { NewRecord } from "../../src/log/log.ts";

export const city = cityOf("demo");

const HEADERS = { source: "bench" };
/** A repeat is of one of so many events before it: a producer that got no answer. */
const REPEATED_WITHIN = 2_000;

/** Deterministic numbers, 0 to 1. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * Endless, in batches.
 *
 * @param from_ms Event time of the first; each is `step_ms` after the one before.
 */
export function* eventBatches(options: {
  seed: number;
  size: number;
  from_ms: number;
  step_ms: number;
}): Generator<NewRecord[]> {
  const chance = random(options.seed);
  const kept: NewRecord[] = [];
  let made = 0;
  for (let n = 0; ;) {
    const batch: NewRecord[] = [];
    for (let i = 0; i < options.size; i++, n++) {
      const dice = chance();
      if (dice < 0.01 && kept.length > 0) {
        batch.push(kept[Math.floor(chance() * kept.length)]!);
        continue;
      }
      const one = record(options, n, chance, dice > 0.995);
      if (dice <= 0.995) kept[made++ % REPEATED_WITHIN] = one;
      batch.push(one);
    }
    yield batch;
  }
}

const bytes = new TextEncoder();

function record(
  { seed, from_ms, step_ms }: { seed: number; from_ms: number; step_ms: number },
  n: number,
  chance: () => number,
  malformed: boolean,
): NewRecord {
  const road = city.roads[Math.floor(chance() * city.roads.length)]!;
  const [longitude, latitude] = road.geometry[road.geometry.length >> 1]!;
  const text = JSON.stringify({
    event_id: `${seed.toString(16).padStart(8, "0")}-0000-4000-8000-${n.toString(16).padStart(12, "0")}`,
    road_id: road.road_id,
    road_name: road.road_name,
    timestamp: formatInstant(Math.floor((from_ms + n * step_ms) / 1_000) * 1_000),
    latitude,
    longitude,
    current_speed: Math.round(chance() * 9_000) / 100,
    free_flow_speed: road.free_flow_speed,
    jam_factor: Math.round(chance() * 100) / 10,
  });
  // Cut off in the middle: the usual fault.
  return {
    key: road.road_id,
    value: bytes.encode(malformed ? text.slice(0, text.length >> 1) : text),
    headers: HEADERS,
  };
}
