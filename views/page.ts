/** What every page is rendered with. */
import type { City } from "../src/core/city.ts";
import type { Stream } from "../src/core/stream.ts";
import type { Clock } from "../src/core/time.ts";
import type { Serving } from "../src/serving/answer.ts";

type Theme = "auto" | "light" | "dark";
type Palette = "safe" | "classic";

export interface Frame {
  city: Pick<City, "city_id" | "name" | "zone" | "peak_hours" | "attribution">;
  now_ms: number;
  theme: Theme;
  palette: Palette;
  /** Addresses that carry their content's hash. */
  assets: Assets;
}

/** What a page needs that draws nothing of the city. */
export type PlainFrame = Omit<Frame, "assets"> & { assets: Pick<Assets, "own" | "vendor"> };

interface Assets {
  /** `/assets/{hash}`: our own styles and scripts. */
  own: string;
  /** `/vendor/{hash}`: libraries. */
  vendor: string;
  /** `/city/network.geojson?v=…` and `/city/background.geojson?v=…`. */
  network: string;
  background: string;
  /** Faint picture of the network, for locators. */
  locator: string;
}

/** What a note is rendered from. */
export interface NoteDeps {
  serving: Serving;
  streams: readonly Stream[];
  city: City;
  clock: Clock;
}

/** What changes on a page by itself: rendered once a second for all its readers, whoever they are. */
export interface PageNote {
  /** As in `/live?page=`. */
  group: string;
  /** @returns Partials for the regions that change. */
  render: (deps: NoteDeps) => Promise<string>;
}
