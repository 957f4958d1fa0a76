/** Answers counted by the layer that they come from: `batch` where the live view should have answered is an outage. */
import type { Layer, Serving } from "../serving/answer.ts";

export function countServed(serving: Serving, count: (layer: Layer) => void): Serving {
  const counted = async <T extends { meta: { layer: Layer } }>(asked: Promise<T>): Promise<T> => {
    const answer = await asked;
    count(answer.meta.layer);
    return answer;
  };
  return {
    ...serving,
    current: (stream, query) => counted(serving.current(stream, query)),
    one: (stream, key) => counted(serving.one(stream, key)),
    history: (stream, key, query) => counted(serving.history(stream, key, query)),
    windows: (stream, key, query) => counted(serving.windows(stream, key, query)),
    data: (stream, query) => counted(serving.data(stream, query)),
    track: (stream, key, query) => counted(serving.track(stream, key, query)),
    emergency: (stream, emergency_id) => counted(serving.emergency(stream, emergency_id)),
    categorySales: (stream, range) => counted(serving.categorySales(stream, range)),
    road: (road_id, hours) => counted(serving.road(road_id, hours)),
    async shared(stream, listed) {
      const shared = await serving.shared(stream, listed);
      count(shared.answer.meta.layer);
      return shared;
    },
  };
}
