/** The feeds that there are, by their name in `FEEDS`. The simulator is no feed: nobody is asked. */
import { aqicn } from "./aqicn.ts";
import type { Feed } from "./feed.ts";
import { gtfsRt } from "./gtfs-rt.ts";
import { here } from "./here.ts";
import { locations } from "./locations.ts";
import { openMeteo, openMeteoAir } from "./open-meteo.ts";
import { tomtom } from "./tomtom.ts";

export const feeds: readonly Feed[] = [here, tomtom, aqicn, locations, openMeteo, openMeteoAir, gtfsRt];
