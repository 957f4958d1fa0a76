/** The air of each location in the next 24 hours, made each hour; and what was said of hours that are over, scored. */
import { limits } from "../src/core/limits.ts";
import { pause } from "../src/core/pause.ts";
import { days, formatInstant, hours, minutes } from "../src/core/time.ts";
import { airAhead } from "../src/prediction/air/ahead.ts";
import { readHours } from "../src/prediction/air/hours.ts";
import type { AirSeries } from "../src/prediction/air/series.ts";
import { readings } from "../src/streams/readings.ts";
import { weather } from "../src/streams/weather.ts";
import { demoPast } from "./demo-past.ts";
import type { JobDeps } from "./deps.ts";
import type { Job } from "./job.ts";

/** A forecast whose hour was never told of is forgotten after a day. */
const FORGET_MS = days(1);

export const forecastAir = ({
  streams,
  history,
  air,
  duties,
  city,
  clock,
}: Pick<JobDeps, "streams" | "history" | "air" | "duties" | "city" | "clock">): Job => ({
  name: "forecast-air",
  label: "Air forecast",
  doc: "Forecasts the air of each location 1 to 24 hours ahead from its last weeks, and scores what it said before.",
  // When the hour's last readings are stored.
  schedule: "7 * * * *",
  longest_ms: minutes(10),
  at_first: true,
  async run({ signal, progress }) {
    await demoPast({ duties, clock }, { signal, progress });
    const now_ms = clock.now();
    const to_ms = now_ms - (now_ms % hours(1));
    const stream = streams.find(({ name }) => name === readings.name);
    if (stream === undefined) return { rows: 0, words: "there are no readings here" };
    const all = await readHours({
      history,
      readings: stream,
      weather: streams.find(({ name }) => name === weather.name) ?? null,
      city,
      from_ms: to_ms - limits.air_weeks * days(7),
      to_ms,
      signal,
    });
    const due = await air.due(to_ms);
    const scored = await air.score(cameOf(all, due), to_ms - FORGET_MS, city.zone);
    const { forecasts, silent, rows_n } = await airAhead(all, {
      rows_max: limits.air_fit_rows,
      async between() {
        await pause(0, signal);
        signal.throwIfAborted();
      },
    });
    await air.put(forecasts);
    const told = new Set(forecasts.map(({ location }) => location)).size;
    const words = [
      told === 0 ? "nothing is known to forecast from" : `${told} locations from ${formatInstant(to_ms)} on`,
      ...(told === 0
        ? []
        : [
            rows_n === 0 ? "by persistence: history is too short for a model" : `learnt from ${rows_n} hours`,
          ]),
      ...(silent.length === 0 ? [] : [`${silent.length} told nothing lately`]),
      ...(scored === 0 ? [] : [`${scored} earlier ones scored`]),
    ];
    return { rows: forecasts.length, scored, words: words.join("; ") };
  },
});

/** What came in the hours that wait to be scored. */
const cameOf = (all: readonly AirSeries[], due: readonly number[]) =>
  all.flatMap(({ location, from_ms, aqi }) =>
    due.flatMap((hour_ms) => {
      const value = aqi[(hour_ms - from_ms) / hours(1)] ?? NaN;
      return Number.isNaN(value) ? [] : [{ location, hour_ms, aqi: value }];
    }),
  );
