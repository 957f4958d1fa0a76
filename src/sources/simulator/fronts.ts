/** Fronts: bands of rain that move over the city. Which ones come follows from the seed and the slot of time alone. */
import { chance, poisson } from "./chance.ts";

export interface Front {
  /** When its middle is over the city's centre. */
  middle_ms: number;
  /** Where it moves to, as a unit vector x east, y north, and how fast. */
  to: readonly [x: number, y: number];
  speed_kmh: number;
  /** Spread of its rain across its way, km. */
  width_km: number;
  /** Rain in its middle, mm/h. */
  rain: number;
  thunder: boolean;
}

export interface Fronts {
  /** Those that may rain on the city, or cloud it, at an instant. */
  at(ms: number): readonly Front[];
}

const SLOT_MS = 6 * 3_600_000;
/** Fronts per slot. */
const MEAN = 0.42;
/** Slots kept, and how many before and after an instant are looked at. */
const KEPT = 64;
const AROUND = 1;

export function frontsOf(seed: number): Fronts {
  const kept = new Map<number, readonly Front[]>();
  const inSlot = (slot: number): readonly Front[] => {
    const known = kept.get(slot);
    if (known !== undefined) return known;
    const made = Array.from({ length: poisson(MEAN, chance(seed + 31, slot, 0)) }, (_, k): Front => {
      const draw = (what: number): number => chance(seed + 31 + 13 * what, slot, k + 1);
      // Most come from the west.
      const angle = (draw(1) - 0.5) * 2.4;
      const speed_kmh = 18 + 30 * draw(2);
      return {
        middle_ms: (slot + draw(3)) * SLOT_MS,
        to: [Math.cos(angle), Math.sin(angle)],
        speed_kmh,
        // Over a place within one to three hours.
        width_km: speed_kmh * (0.35 + 0.75 * draw(4)),
        rain: 0.4 + 6 * draw(5) ** 2.2,
        thunder: draw(6) < 0.12,
      };
    });
    if (kept.size >= KEPT) kept.delete(kept.keys().next().value!);
    kept.set(slot, made);
    return made;
  };
  return {
    at(ms) {
      const slot = Math.floor(ms / SLOT_MS);
      const out: Front[] = [];
      for (let s = slot - AROUND; s <= slot + AROUND; s++) out.push(...inSlot(s));
      return out;
    },
  };
}

/** How much of a front is over a place: 1 in its middle, 0 far from it. `wide` looks at its clouds instead of its rain. */
export function overOf(front: Front, ms: number, x: number, y: number, wide = 1): number {
  const gone_km = ((ms - front.middle_ms) / 3_600_000) * front.speed_kmh;
  const off = (x * front.to[0] + y * front.to[1] - gone_km) / (front.width_km * wide);
  return off > 3.5 || off < -3.5 ? 0 : Math.exp(-0.5 * off * off);
}
