/** Every stream of the city, in the order that pages list them. */
import type { Stream } from "../core/stream.ts";
import { traffic } from "./traffic.ts";

export const streams: readonly Stream[] = [traffic];
