/** Air quality: the city's locations now, and one of them over time. */
import { Hono, type Context } from "hono";
import { isAway } from "../../src/core/errors.ts";
import { limits } from "../../src/core/limits.ts";
import { days } from "../../src/core/time.ts";
import { correlation, hourProfile, peakMeans } from "../../src/serving/profile.ts";
import { readings as declared } from "../../src/streams/readings.ts";
import { airFragment, airPage, type AirProps } from "../../views/air.tsx";
import type { LocationHours } from "../../views/air-location.tsx";
import { airSpanOf, shownOf } from "../../views/air-span.ts";
import { stationsOf } from "../../views/air-stations.ts";
import { answerPage } from "../pages-frame.ts";
import { absent, type Page } from "./page.ts";

/** Days that the usual hours are made from: two of each weekday. */
const PROFILE_DAYS = 14;

/** The live view answers without history: what is now is shown, and what was is said to be away. */
const AWAY = Symbol("away");
const away = (error: unknown): typeof AWAY => {
  if (isAway(error)) return AWAY;
  throw error;
};

export const air: Page = {
  routes({ serving, city, clock, frame, stream }) {
    const readings = stream(declared.name) ?? declared;

    async function hoursOf(location: string, asked: string | undefined): Promise<LocationHours | null> {
      const now_ms = clock.now();
      const shown = shownOf(airSpanOf(asked), now_ms, city.zone);
      const query = {
        from_ms: now_ms - days(PROFILE_DAYS),
        to_ms: now_ms + 1,
        limit: limits.range_rows_max,
      };
      const { from_ms, to_ms, step } = shown;
      const [answer, forecast, past] = await Promise.all([
        serving.windows(readings, location, query).catch(away).catch(absent),
        serving.airForecast?.({ location }).catch(away).catch(absent),
        serving
          .windows(readings, location, { ...query, from_ms, to_ms, step })
          .catch(away)
          .catch(absent),
      ]);
      if (answer === null || past === null) return null;
      const rows = answer === AWAY ? [] : answer.data;
      const { peak_hours, zone } = city;
      return {
        location,
        away: answer === AWAY || past === AWAY,
        shown,
        windows: past === AWAY ? [] : past.data,
        ahead:
          forecast === undefined
            ? null
            : { forecast: forecast === AWAY ? null : (forecast?.data ?? []), windows: rows },
        profile: hourProfile(rows, ["aqi_value_mean", "traffic_level_mean"], zone),
        days: PROFILE_DAYS,
        peak: {
          aqi: peakMeans(rows, "aqi_value_mean", peak_hours, zone),
          traffic: peakMeans(rows, "traffic_level_mean", peak_hours, zone),
        },
        correlation: correlation(rows, "traffic_level_mean", "aqi_value_mean"),
      };
    }

    async function props(c: Context): Promise<AirProps> {
      const asked = (c.req.query("location") ?? "").trim().slice(0, limits.id_chars_max).normalize("NFC");
      const [{ answer }, status] = await Promise.all([
        serving.shared(readings),
        serving.streams().catch(away),
      ]);
      const health = status === AWAY ? undefined : status.data.find((one) => one.stream === readings.name);
      const silent = Math.max(0, (health?.expected_keys ?? 0) - answer.data.length);
      const stations = stationsOf(answer.data);
      const location = asked === "" ? stations[0]?.location : asked;
      const chosen = location === undefined ? null : await hoursOf(location, c.req.query("span"));
      const unknown = chosen === null && asked !== "" ? asked : null;
      return { frame: frame(c), city, stream: readings, stations, silent, chosen, unknown };
    }

    return new Hono()
      .get("/air", async (c) => answerPage(c, airPage(await props(c))))
      .get("/fragments/air", async (c) => answerPage(c, airFragment(await props(c))));
  },
};
