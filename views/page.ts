/** What every page is rendered with. */
import type { City } from "../src/core/city.ts";

type Theme = "auto" | "light" | "dark";
type Palette = "safe" | "classic";

export interface Frame {
  city: Pick<City, "city_id" | "name" | "zone" | "attribution">;
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
