/** Every stream of the city, in the order that pages list them. */
import type { Stream } from "../core/stream.ts";
import { canary } from "./canary.ts";
import { traffic } from "./traffic.ts";

export const streams: readonly Stream[] = [traffic];

/** What Arterial sends itself: through the same log, layers and hub, but not to any list or address. */
export const internalStreams: readonly Stream[] = [canary];
