/** Answers counted by the layer that they come from: `batch` where the live view should have answered is an outage. */
import type { Layer, Serving } from "../serving/answer.ts";

export function countServed(serving: Serving, count: (layer: Layer) => void): Serving {
  const counted = <A extends readonly unknown[], T extends { meta: { layer: Layer } }>(
    ask: (...args: A) => Promise<T>,
  ) => {
    return async (...args: A): Promise<T> => {
      const answer = await ask(...args);
      count(answer.meta.layer);
      return answer;
    };
  };
  return {
    ...serving,
    current: counted(serving.current),
    one: counted(serving.one),
    history: counted(serving.history),
    windows: counted(serving.windows),
    data: counted(serving.data),
    road: counted(serving.road),
    async shared(stream) {
      const shared = await serving.shared(stream);
      count(shared.answer.meta.layer);
      return shared;
    },
  };
}
