/**
 * What the simulator's own events cost: CPU µs to make one, by stream, when a feed begins, as time goes by, and as past;
 * beside what the door takes to check the same event, in the same run.
 */
import { demo } from "../src/cities/demo/index.ts";
import { decoderOf } from "../src/core/decode.ts";
import { minutes } from "../src/core/time.ts";
import { makersOf, type Made, type Maker } from "../src/sources/simulator/index.ts";

const NOW = Date.UTC(2026, 10, 20, 16, 30);
const GO_ON_MS = minutes(20);
const PAST_MS = minutes(30);

const cpu_ms = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

const city = demo();
const began_ms = cpu_ms();
const makers = makersOf(city, 1);
const lines = [`${makers.length} sources made in ${(cpu_ms() - began_ms).toFixed(0)} ms of CPU`, ""];

interface Cost {
  events: Made[];
  cpu_ms: number;
  /** The longest piece of work without a turn for others, ms of CPU. */
  longest_ms: number;
}

/** Makes spans as the jobs do, in pieces. */
function costOf(maker: Maker, spans: Iterable<readonly [from_ms: number, to_ms: number]>): Cost {
  const cost: Cost = { events: [], cpu_ms: 0, longest_ms: 0 };
  const piece = (work: () => void): void => {
    const begun_ms = cpu_ms();
    work();
    const gone_ms = cpu_ms() - begun_ms;
    cost.cpu_ms += gone_ms;
    cost.longest_ms = Math.max(cost.longest_ms, gone_ms);
  };
  for (const [from_ms, to_ms] of spans) {
    const work = maker.prepare?.(from_ms, to_ms)[Symbol.iterator]();
    let more = work !== undefined;
    while (more) piece(() => (more = work!.next().done !== true));
    for (let at = from_ms; at < to_ms; at += maker.slice_ms)
      piece(() => cost.events.push(...maker.between(at, Math.min(to_ms, at + maker.slice_ms))));
  }
  return cost;
}

function* spansOf(
  from_ms: number,
  to_ms: number,
  step_ms: number,
  length_ms: number,
): Generator<[number, number]> {
  for (let at = from_ms; at < to_ms; at += step_ms) yield [at, Math.min(to_ms, at + length_ms)];
}

/** µs that the door takes to check one of these. */
function checking(maker: Maker, events: readonly Made[]): number {
  const decoder = decoderOf(maker.stream);
  const raw = {
    value: null,
    source: "bench",
    received_at_ms: NOW,
    partition: 0,
    offset: 0,
    backfill: false,
    dead_letter_id: null,
  };
  const context = { city, now_ms: NOW + GO_ON_MS };
  const some = Array.from({ length: 20_000 }, (_, i) => events[i % events.length]!);
  const begun_ms = cpu_ms();
  for (const event of some)
    if (!decoder.check(event, raw, context).ok) throw new Error("The door refuses it");
  return ((cpu_ms() - begun_ms) * 1_000) / some.length;
}

for (const maker of makers) {
  const { look_back_ms, slice_ms, tick_ms, period_ms, past } = maker;
  const step_ms = past.step_ms ?? slice_ms;
  const begin = costOf(maker, [[NOW - look_back_ms, NOW]]);
  const on = costOf(maker, spansOf(NOW, NOW + GO_ON_MS, tick_ms, tick_ms));
  const back = costOf(maker, spansOf(NOW - PAST_MS, NOW, step_ms, Math.min(step_ms, period_ms)));
  lines.push(`${maker.stream.name}; the door checks one in ${checking(maker, back.events).toFixed(1)} µs`);
  for (const [what, cost] of Object.entries({
    "begins with": begin,
    "20 minutes": on,
    "past 30 min": back,
  })) {
    const n = cost.events.length;
    lines.push(
      `  ${what} ${n.toLocaleString("en").padStart(8)} events  ${((cost.cpu_ms * 1_000) / Math.max(1, n)).toFixed(1).padStart(7)} µs each  ${cost.cpu_ms.toFixed(0).padStart(5)} ms in all  ${cost.longest_ms.toFixed(1).padStart(5)} ms at once at most`,
    );
  }
}
process.stdout.write(`${lines.join("\n")}\n`);
