/** Corridors of the city, and which one a question is about. */
import { shown } from "../../core/errors.ts";
import { corridorsOf, lengthOf, type Corridor } from "../../core/corridor.ts";
import type { Road } from "../../core/city.ts";
import type { Answer } from "../answer.ts";
import type { CorridorRow } from "../episode-answer.ts";
import { invalidParameter, notFound } from "../problem.ts";
import type { Patterns } from "./asked.ts";

export class Corridors {
  readonly #patterns: Patterns;
  #all: readonly Corridor[] | null = null;

  constructor(patterns: Patterns) {
    this.#patterns = patterns;
  }

  /** Made when somebody asks; a city stays as it is. */
  get all(): readonly Corridor[] {
    return (this.#all ??= corridorsOf(this.#patterns.context.city));
  }

  list(): Promise<Answer<readonly CorridorRow[]>> {
    return this.#patterns.answer(async () => ({
      data: this.all.map(({ corridor_id, name, roads, length_km }) => ({
        corridor_id,
        name,
        road_class: roads[0]!.road_class,
        segments_n: roads.length,
        length_km,
        roads: roads.map((road) => road.road_id),
      })),
      facts: { frontier_ms: null, merged: false, coverage: 1, as_of_ms: null },
    }));
  }

  /**
   * @throws {ProblemError} not-found for a corridor that there is not; invalid-parameter for a road without a length, which has no place
   * along one.
   */
  of(
    corridor: string | null,
    roads: readonly string[] | null,
  ): Omit<Corridor, "corridor_id"> & { corridor_id: string | null } {
    if (corridor !== null) {
      const found = this.all.find(({ corridor_id }) => corridor_id === corridor);
      if (found === undefined)
        throw notFound(`There is no corridor ${shown(corridor)}: /api/corridors lists those that there are`);
      return found;
    }
    if (roads === null) {
      const longest = this.all[0];
      if (longest === undefined) throw notFound("There is no corridor in this city: name roads");
      return longest;
    }
    const { network } = this.#patterns.context;
    const list = roads.map((road_id): Road => {
      const road = network.roads.get(road_id);
      if (road === undefined)
        throw invalidParameter("roads", road_id, "must name roads of the network: others have no length");
      return road;
    });
    return { corridor_id: null, name: "", roads: list, length_km: lengthOf(list) };
  }
}
