/** A network with its roads in another order: that in which this process numbers them. */
import type { RoadNetwork } from "../model.ts";

/**
 * @param road_ids Each road of the network once.
 * @throws {RangeError} for other ones.
 */
export function inOrder(network: RoadNetwork, road_ids: readonly string[]): RoadNetwork {
  const facts = new Map(network.roads.map((road) => [road.road_id, road]));
  const columns = new Map(road_ids.map((road_id, column) => [road_id, column]));
  if (columns.size !== network.roads.length || road_ids.some((road_id) => !facts.has(road_id)))
    throw new RangeError(
      `Cannot put ${network.roads.length} roads of a network into the order of ${road_ids.length} others`,
    );
  const columnOf = (column: number): number => columns.get(network.roads[column]!.road_id)!;
  return {
    ...network,
    roads: road_ids.map((road_id) => facts.get(road_id)!),
    edges: network.edges.map(({ from, to, km }) => ({ from: columnOf(from), to: columnOf(to), km })),
  };
}
