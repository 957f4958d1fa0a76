/**
 * Decoding: bytes of the log → checked events, beside bare `JSON.parse` of the same values one by one, in one run.
 * Events per second on one core; the best of several rounds, taken in turns so that both see the same machine.
 */
import type { CityRules } from "../src/core/city.ts";
import { decoderOf, type RawValue } from "../src/core/decode.ts";
import { wireJson } from "../src/core/json.ts";
import { traffic } from "../src/streams/traffic.ts";

const EVENTS = 50_000;
const ROUNDS = 25;
const NOW = Date.UTC(2026, 10, 21, 10, 20);
const city: CityRules = {
  city_id: "bench",
  zone: "Europe/Amsterdam",
  rush_hours: [[7, 9]],
  peak_hours: [[6, 10]],
  holidays: [],
};
const context = { city, now_ms: NOW };
const decoder = decoderOf(traffic);

const rawOf = (value: Uint8Array): RawValue => ({
  value,
  source: "bench",
  received_at_ms: NOW,
  partition: 0,
  offset: 0,
  backfill: false,
  dead_letter_id: null,
});

/** Events as the door writes them: that is what every reader of the log decodes. */
const records = Array.from({ length: EVENTS }, (_, i) => {
  const sent = {
    road_id: `r-${String(i % 1_247).padStart(4, "0")}`,
    road_name: `Ring Road ${i % 90}`,
    current_speed: ((i * 7_919) % 9_000) / 100,
    free_flow_speed: 90,
    road_closed: false,
    timestamp: new Date(NOW - ((i * 37) % 3_600_000)).toISOString(),
  };
  const decoded = decoder.check(sent, rawOf(new Uint8Array()), context);
  if (!decoded.ok) throw new Error(decoded.reject.rule);
  return rawOf(Buffer.from(wireJson(traffic, decoded.event)));
});

const text = new TextDecoder();
const ways: Record<string, () => number> = {
  "JSON.parse one by one": () => {
    let n = 0;
    for (const r of records) if (JSON.parse(text.decode(r.value!)) !== null) n++;
    return n;
  },
  "decode and validate": () => {
    let n = 0;
    // As consumers do: some thousand records at once.
    for (let at = 0; at < records.length; at += 2_000) {
      for (const d of decoder.decode(records.slice(at, at + 2_000), context)) if (d.ok) n++;
    }
    return n;
  },
};

const times: Record<string, number[]> = {};
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, way] of Object.entries(ways)) {
    const began = performance.now();
    if (way() !== EVENTS) throw new Error(`${name} lost events`);
    (times[name] ??= []).push(performance.now() - began);
  }
}
const rate = (name: string): number => EVENTS / (Math.min(...times[name]!) / 1_000);
const reference = rate("JSON.parse one by one");
const bytes = records.reduce((sum, r) => sum + r.value!.length, 0) / EVENTS;
const lines = Object.keys(ways).map((name) => {
  const per_s = Math.round(rate(name));
  return `${name.padEnd(24)} ${per_s.toLocaleString("en").padStart(10)} events/s  ${(per_s / reference).toFixed(2)} of the reference`;
});
process.stdout.write(
  `decode: ${EVENTS.toLocaleString("en")} traffic events of ${Math.round(bytes)} bytes\n${lines.join("\n")}\n`,
);
