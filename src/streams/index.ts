/** Every stream of the city, in the order that pages list them. */
import type { Stream } from "../core/stream.ts";
import { cameras } from "./cameras.ts";
import { canary } from "./canary.ts";
import { emergencies } from "./emergencies.ts";
import { notifications } from "./notifications.ts";
import { predictions, shadowPredictions } from "./predictions.ts";
import { readings } from "./readings.ts";
import { routeUpdates } from "./route-updates.ts";
import { traffic } from "./traffic.ts";
import { transactions } from "./transactions.ts";
import { vehicles } from "./vehicles.ts";
import { weather } from "./weather.ts";

export const streams: readonly Stream[] = [
  traffic,
  readings,
  vehicles,
  emergencies,
  weather,
  cameras,
  transactions,
  notifications,
  predictions,
  routeUpdates,
];

/** What Arterial sends itself: through the same log, layers and hub, but not to any list or address. */
export const internalStreams: readonly Stream[] = [canary, shadowPredictions];
