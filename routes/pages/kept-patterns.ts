/** Answers about episodes, kept for some seconds for all readers of the page: two panels, and everybody who looks, ask the same. */
import { LRUCache } from "lru-cache";
import { limits } from "../../src/core/limits.ts";
import { seconds } from "../../src/core/time.ts";
import type { RoadPatterns } from "../../src/serving/episode-answer.ts";

/** As the analytics themselves keep theirs. */
const FRESH_MS = seconds(10);

const all = new WeakMap<RoadPatterns, RoadPatterns>();

export function keptPatterns(patterns: RoadPatterns): RoadPatterns {
  let kept = all.get(patterns);
  if (kept === undefined) all.set(patterns, (kept = keeping(patterns)));
  return kept;
}

function keeping(patterns: RoadPatterns): RoadPatterns {
  const answers = new LRUCache<string, Promise<object>>({ max: limits.analytics_answers_max, ttl: FRESH_MS });
  const once =
    <Q, A extends object>(name: string, ask: (query: Q) => Promise<A>) =>
    (query: Q): Promise<A> => {
      const question = `${name} ${JSON.stringify(query)}`;
      const known = answers.get(question) as Promise<A> | undefined;
      if (known !== undefined) return known;
      const answer = ask(query);
      answers.set(question, answer);
      answer.catch(() => answers.delete(question));
      return answer;
    };
  return {
    episodes: once("episodes", (query) => patterns.episodes(query)),
    bottlenecks: once("bottlenecks", (query) => patterns.bottlenecks(query)),
    reliability: once("reliability", (query) => patterns.reliability(query)),
    scan: once("scan", (query) => patterns.scan(query)),
    profile: (road_id) => patterns.profile(road_id),
    corridors: () => patterns.corridors(),
  };
}
