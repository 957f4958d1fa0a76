/** Air quality: is the air bad, where, and does traffic go with it? */
import type { City } from "../src/core/city.ts";
import type { Stream } from "../src/core/stream.ts";
import { markup } from "./markup.ts";
import { airSentence, airTitle, byCategory, type Station } from "./air-stations.ts";
import { airSpans } from "./air-span.ts";
import { airWords } from "./air-words.ts";
import { AirLocation, type LocationHours } from "./air-location.tsx";
import { AirMap } from "./charts/air-map.tsx";
import { clockTime, count, span } from "./format.ts";
import { layout } from "./layout.tsx";
import type { Frame } from "./page.ts";
import { SendOne } from "./send-one.tsx";

export interface AirProps {
  frame: Frame;
  city: Pick<City, "name" | "zone" | "bounds" | "centre" | "peak_hours">;
  stream: Stream;
  /** Worst first. */
  stations: readonly Station[];
  /** Locations that reported once and do not now. */
  silent: number;
  /** The one that is looked at; null where none reports. */
  chosen: LocationHours | null;
  /** A location that was asked for and is not known. */
  unknown: string | null;
}

export const airUrl = (location: string): string => `/air?location=${encodeURIComponent(location)}`;

export function airPage(props: AirProps): string {
  return layout({
    frame: props.frame,
    title: airTitle(props.stations),
    path: "/air",
    page: "air",
    script: "air-page.js",
    live: "polled",
    children: (
      <div id="air">
        <Air {...props} />
      </div>
    ),
  });
}

/** All that changes, as one part: the page asks for it again now and then. */
export const airFragment = (props: AirProps): string => markup(<Air {...props} />);

const Air = (props: AirProps) => {
  const { frame, city, stations, silent, chosen, unknown } = props;
  const asked = chosen?.location ?? unknown;
  const back = chosen === null || chosen.shown.span === airSpans[0] ? "" : `&span=${chosen.shown.span}`;
  const fragment =
    asked === null ? "/fragments/air" : `${airUrl(asked).replace("/air", "/fragments/air")}${back}`;
  const selected = chosen?.location ?? null;
  return (
    <div data-fragment={fragment} data-title={airTitle(stations)}>
      <header>
        <h1>Air quality</h1>
        <p class="sentence">{airSentence(stations)}</p>
        <Advice stations={stations} />
      </header>
      {stations.length === 0 ? (
        <NoAir stream={props.stream} city={city} now_ms={frame.now_ms} />
      ) : (
        <section class="air-now" aria-label="Locations now">
          <AirMap
            city={city}
            stations={stations}
            picture={frame.assets.locator}
            selected={selected}
            hrefOf={airUrl}
          />
          <div class="air-groups">
            {byCategory(stations).map(({ category, stations: of }) => (
              <section>
                <h2>
                  {category ?? "Without an index"} <small>{count(of.length)}</small>
                </h2>
                <ul class="air-cards">
                  {of.map((station) => (
                    <Card station={station} frame={frame} selected={station.location === selected} />
                  ))}
                </ul>
              </section>
            ))}
            {silent === 0 ? null : (
              <p class="note">
                {count(silent)} more known {silent === 1 ? "location has" : "locations have"} been silent for
                15 minutes or longer: see <a href="/streams#p-readings">Streams</a>.
              </p>
            )}
            <p class="note">
              Index: US EPA AQI, of each reading as it comes. <a href="/api/air-quality/current">JSON</a>{" "}
              <a href="/api/air-quality/current?format=csv">CSV</a>
            </p>
          </div>
        </section>
      )}
      {unknown === null ? null : (
        <p class="empty">
          No location is called {unknown}. <a href="/air">Show the worst</a>.
        </p>
      )}
      {chosen === null ? null : (
        <AirLocation
          frame={frame}
          city={city}
          station={stations.find((s) => s.location === selected) ?? null}
          hours={chosen}
        />
      )}
    </div>
  );
};

/** The EPA's own words for the worst category that any fresh location has. */
const Advice = ({ stations }: { stations: readonly Station[] }) => {
  const worst = stations.find((s) => !s.stale && s.category !== null)?.category;
  if (worst === undefined || worst === null) return null;
  return (
    <p class="advice">
      <b>{worst}:</b> {airWords[worst].advice} <small>US EPA, AirNow “AQI Basics”</small>
    </p>
  );
};

const Card = ({ station, frame, selected }: { station: Station; frame: Frame; selected: boolean }) => {
  const { location, category, aqi, stale, as_of_ms } = station;
  return (
    <li>
      <a
        class={`air-card ${category === null ? "aqi-none" : airWords[category].class}${stale ? " stale" : ""}`}
        href={airUrl(location)}
        data-location={location}
        aria-current={selected ? "true" : undefined}
      >
        <b>{count(aqi)}</b>
        <span class="name">{location}</span>
        <span class="word">{category ?? "no index"}</span>
        <span class="age">
          {stale ? `as of ${clockTime(as_of_ms, frame.city.zone)}` : `${span(frame.now_ms - as_of_ms)} ago`}
        </span>
      </a>
    </li>
  );
};

const NoAir = ({ stream, city, now_ms }: { stream: Stream; city: AirProps["city"]; now_ms: number }) => {
  const [longitude, latitude] = city.centre;
  return (
    <section>
      <p class="empty">
        No location has reported in the last 15 minutes. Readings come from the feeds <code>simulator</code>,{" "}
        <code>aqicn</code> and <code>open-meteo</code>, or from stations of your own.
      </p>
      <SendOne stream={stream} now_ms={now_ms} more={{ latitude, longitude, pm2_5: 12.5 }} />
    </section>
  );
};
