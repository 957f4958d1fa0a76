/** Models on time that they had not learnt from: what their errors are of. */
import { expect, test } from "bun:test";
import { FORECAST_SIZE, type Forecaster, LEVELS } from "../model.ts";
import { aSet } from "../scene.fixture.ts";
import { judgeHeldOut } from "./held-out.ts";

/** The speed now, and 10 km/h around it. */
const stays: Forecaster = {
  forecast: ({ speeds }, wanted) => {
    const newest = speeds.length - wanted.length;
    return Float32Array.from(
      { length: wanted.length * FORECAST_SIZE },
      (_, i) => speeds[newest + Math.floor(i / FORECAST_SIZE)]! + 20 * (LEVELS[i % LEVELS.length]! - 0.5),
    );
  },
};

test("it stays as it is: its errors are those of the speed now, which a slow road's shown point lies below", async () => {
  // Slow all the time (below 30): what stays as it is has no error at all.
  const set = aSet(3, 60, () => 20);
  const { figures } = await judgeHeldOut({
    set,
    from_step: 40,
    models: [
      { forecaster: stays, point: "median" },
      { forecaster: stays, point: "shown" },
    ],
  });
  const [median, shown] = figures.map((one) => one.map(({ mae, either }) => [mae, either.mae]));
  expect(median).toEqual([
    [0, 0],
    [0, 0],
    [0, 0],
  ]);
  for (const [mae] of shown!) expect(mae).toBeGreaterThan(1);
});
