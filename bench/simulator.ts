/** What the simulator's own events cost: µs to make one, by stream, when a feed begins, as time goes by, and as past. */
import { demo } from "../src/cities/demo/index.ts";
import { minutes, seconds } from "../src/core/time.ts";
import { makersOf, type Maker } from "../src/sources/simulator/index.ts";

const NOW = Date.UTC(2026, 10, 20, 16, 30);
const MINUTES = 20;

const city = demo();
const began = performance.now();
const makers = makersOf(city, 1);
const lines = [`${makers.length} makers in ${(performance.now() - began).toFixed(0)} ms`];

interface Cost {
  events: number;
  ms: number;
  /** The longest piece without a turn for others, ms. */
  longest_ms: number;
}

/** Makes a span as the jobs do, in pieces of `step_ms`. */
function costOf(maker: Maker, from_ms: number, to_ms: number, step_ms: number): Cost {
  const cost = { events: 0, ms: 0, longest_ms: 0 };
  const piece = (work: () => void): void => {
    const begun = performance.now();
    work();
    const gone = performance.now() - begun;
    cost.ms += gone;
    cost.longest_ms = Math.max(cost.longest_ms, gone);
  };
  for (let at = from_ms; at < to_ms; at += step_ms) {
    const end = Math.min(to_ms, at + step_ms);
    const work = maker.prepare?.(at, end)[Symbol.iterator]();
    let more = work !== undefined;
    while (more) piece(() => (more = work!.next().done !== true));
    piece(() => (cost.events += maker.between(at, end).length));
  }
  return cost;
}

const tell = (what: string, { events, ms, longest_ms }: Cost): string =>
  `  ${what.padEnd(8)} ${events.toLocaleString("en").padStart(8)} events  ${((ms * 1_000) / Math.max(1, events)).toFixed(1).padStart(7)} µs each  ${ms.toFixed(0).padStart(6)} ms in all  ${longest_ms.toFixed(1).padStart(6)} ms at once`;

for (const maker of makers) {
  lines.push(maker.stream.name);
  lines.push(tell("begin", costOf(maker, NOW - maker.look_back_ms, NOW, maker.slice_ms)));
  lines.push(tell("go on", costOf(maker, NOW, NOW + minutes(MINUTES), maker.tick_ms)));
  const step_ms = maker.past.step_ms;
  if (step_ms === null) {
    lines.push(tell("past", costOf(maker, NOW - minutes(60), NOW, maker.slice_ms)));
  } else {
    const past: Cost = { events: 0, ms: 0, longest_ms: 0 };
    for (let at = NOW - minutes(30); at < NOW; at += step_ms) {
      const one = costOf(maker, at, at + Math.min(step_ms, maker.period_ms), seconds(1) * 1_000);
      past.events += one.events;
      past.ms += one.ms;
      past.longest_ms = Math.max(past.longest_ms, one.longest_ms);
    }
    lines.push(tell("past", past));
  }
}
process.stdout.write(`${lines.join("\n")}\n`);
