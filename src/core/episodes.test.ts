import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  episodeRule,
  foldEpisodes,
  openAt,
  type Episode,
  type EpisodeFold,
  type RoadWindow,
} from "./episodes.ts";
import { minutes } from "./time.ts";

const SIZE = minutes(5);
const options = { rule: episodeRule, size_ms: SIZE, length_km: 1 };

/** Windows one after the other; null leaves one out. Free flow is 50 km/h. */
const windowsOf = (ratios: readonly (number | null)[], vehicles: number | null = null): RoadWindow[] =>
  ratios.flatMap((ratio, i) =>
    ratio === null ? [] : [{ start_ms: i * SIZE, ratio, speed: ratio * 50, free_flow_speed: 50, vehicles }],
  );
const fold = (ratios: readonly (number | null)[]) => foldEpisodes(null, windowsOf(ratios), options);
const spans = (episodes: readonly Episode[]) =>
  episodes.map(({ start_ms, end_ms, end }) => [start_ms / SIZE, end_ms === null ? null : end_ms / SIZE, end]);

describe("an episode", () => {
  test("begins below 0.5 and ends above 0.65, not at them", () => {
    expect(spans(fold([0.5, 0.49, 0.65, 0.66]).ended)).toEqual([[1, 3, "recovered"]]);
    expect(fold([0.5, 0.5]).open).toBeNull();
  });

  test("does not flicker: what wavers between the thresholds is one", () => {
    const { ended, open } = fold([0.49, 0.51, 0.64, 0.49, 0.6, 0.7, 0.6, 0.51]);
    expect(spans(ended)).toEqual([[0, 5, "recovered"]]);
    expect(open).toBeNull();
  });

  test("bears a gap of 15 min, and ends without a known end after a longer one", () => {
    expect(spans(fold([0.4, null, null, null, 0.4, 0.9]).ended)).toEqual([[0, 5, "recovered"]]);
    const { ended, open } = fold([0.4, null, null, null, null, 0.4]);
    expect(spans(ended)).toEqual([[0, 1, "unknown"]]);
    expect(open).toMatchObject({ start_ms: 5 * SIZE, windows_n: 1 });
  });

  test("what goes on is open, until data is away for too long", () => {
    const open = fold([0.9, 0.4]).open!;
    expect(openAt(open, 2 * SIZE + minutes(15), episodeRule).open).toBe(open);
    expect(spans(openAt(open, 2 * SIZE + minutes(15) + 1, episodeRule).ended)).toEqual([[1, 2, "unknown"]]);
  });

  test("costs what one vehicle loses in each window: 1 km at 20 km/h and 10 km/h, 50 free, is 108 s + 288 s", () => {
    const { ended } = fold([0.4, 0.2, 0.9]);
    expect(ended[0]).toMatchObject({
      worst_ratio: 0.2,
      worst_ms: SIZE,
      windows_n: 2,
      delay_ms: 108_000 + 288_000,
      counted_n: 0,
      vehicle_ms: null,
    });
  });

  test("vehicle-hours only of windows in which vehicles were counted: 30 of them lose 108 s each", () => {
    const windows = windowsOf([0.4, 0.4], 30);
    windows[1]!.vehicles = null;
    const { open } = foldEpisodes(null, windows, options);
    expect(open).toMatchObject({ delay_ms: 216_000, counted_n: 1, vehicle_ms: 30 * 108_000 });
  });

  test("a standstill counts as 1 km/h; a road without a length has no delay", () => {
    expect(fold([0]).open!.delay_ms).toBe(3_600_000 - 72_000);
    const open = foldEpisodes(null, windowsOf([0], 10), { ...options, length_km: null }).open!;
    expect(open).toMatchObject({ delay_ms: null, vehicle_ms: null, counted_n: 0 });
  });
});

const ratios = fc.array(
  fc.option(fc.oneof(fc.constantFrom(0.49, 0.5, 0.65, 0.66), fc.double({ min: 0, max: 1.2, noNaN: true })), {
    nil: null,
    freq: 4,
  }),
  { maxLength: 120 },
);

const upTo = ({ ended, open }: EpisodeFold, at_ms: number): EpisodeFold => {
  const kept = open === null ? { ended: [], open } : openAt(open, at_ms, episodeRule);
  return { ended: [...ended, ...kept.ended], open: kept.open };
};

describe("laws", () => {
  test("any cut of the time into parts gives the same episodes", () => {
    fc.assert(
      fc.property(ratios, fc.array(fc.nat(120), { maxLength: 5 }), (all, cuts) => {
        const windows = windowsOf(all);
        const whole = upTo(foldEpisodes(null, windows, options), 125 * SIZE);
        let [open, ended]: [Episode | null, Episode[]] = [null, []];
        let from = -Infinity;
        for (const cut of [...cuts.sort((a, b) => a - b), 125]) {
          const to = cut * SIZE;
          const part = windows.filter((w) => w.start_ms >= from && w.start_ms < to);
          // What a rebuild does at its frontier.
          const next = upTo(foldEpisodes(open, part, options), to);
          ended.push(...next.ended);
          open = next.open;
          from = to;
        }
        expect({ ended, open }).toEqual(whole);
      }),
    );
  });

  test("two of one road never overlap, each begins congested, and between two known ends traffic was above", () => {
    fc.assert(
      fc.property(ratios, (all) => {
        const { ended, open } = foldEpisodes(null, windowsOf(all), options);
        const episodes = open === null ? ended : [...ended, open];
        for (const [i, episode] of episodes.entries()) {
          expect(all[episode.start_ms / SIZE]!).toBeLessThan(episodeRule.begin_below);
          if (episode.end === "recovered")
            expect(all[episode.end_ms! / SIZE]!).toBeGreaterThan(episodeRule.end_above);
          const next = episodes[i + 1];
          if (next !== undefined) expect(next.start_ms).toBeGreaterThanOrEqual(episode.end_ms!);
        }
      }),
    );
  });

  test("windows that are neither slow nor the first after a slow one change nothing", () => {
    fc.assert(
      fc.property(ratios, (all) => {
        const windows = windowsOf(all);
        const slow = windows.filter(
          (w, i) => w.ratio <= episodeRule.end_above || (windows[i - 1]?.ratio ?? 0) <= episodeRule.end_above,
        );
        expect(foldEpisodes(null, slow, options)).toEqual(foldEpisodes(null, windows, options));
      }),
    );
  });
});
