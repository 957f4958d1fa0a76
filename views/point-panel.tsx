/** One point of the map's layers, with all that its newest event says. */
import type { Field } from "../src/core/field.ts";
import type { Stream } from "../src/core/stream.ts";
import type { CurrentRow } from "../src/serving/answer.ts";
import { clockSeconds, instant, span } from "./format.ts";
import { icons } from "./icons.tsx";
import type { Layer } from "./layers.ts";
import type { Frame } from "./page.ts";

interface PointPanelProps {
  frame: Frame;
  layer: Layer;
  stream: Stream;
  row: CurrentRow;
}

/** Fields that say where and who it is: they stand in the head, or on the map. */
const ELSEWHERE = new Set(["latitude", "longitude"]);

/** A page that knows more of such a point. */
const MORE: Readonly<Partial<Record<string, readonly [path: string, words: string]>>> = {
  vehicles: ["/vehicles?vehicle=", "Follow it on the vehicles' page"],
  emergencies: ["/vehicles?emergency=", "All emergencies"],
  air: ["/air?location=", "Its hours and its usual day"],
};

export const PointPanel = ({ frame, layer, stream, row }: PointPanelProps) => {
  const key = String(row[stream.key]);
  const as_of = instant(row.as_of);
  const facts = Object.entries(stream.fields).filter(
    ([name]) =>
      name !== stream.key && !ELSEWHERE.has(name) && !stream.personal.includes(name) && row[name] !== null,
  );
  const more = MORE[layer.name];
  const title = String(row["vehicle_label"] ?? row["emergency_type"] ?? key);
  return (
    <article data-point-panel={`${layer.name}:${key}`}>
      <header>
        <h2>{title}</h2>
        <p class="what">
          {layer.label}
          {title === key ? "" : ` · ${key}`}
        </p>
        <button class="quiet" type="button" data-close aria-label="Close">
          {icons.close()}
        </button>
      </header>
      <p class={row.stale ? "old" : "note"}>
        as of {as_of === null ? "–" : clockSeconds(as_of, frame.city.zone)}
        {as_of === null ? "" : `, ${span(frame.now_ms - as_of)} ago`}
      </p>
      <dl class="point-facts">
        {facts.map(([name, field]) => (
          <div>
            <dt>{fieldWords(name)}</dt>
            <dd>
              {valueText(field, row[name])}{" "}
              {field.unit === undefined || field.unit === "1" ? null : <i>{field.unit}</i>}
            </dd>
          </div>
        ))}
      </dl>
      <p class="links">
        {more === undefined ? null : <a href={`${more[0]}${encodeURIComponent(key)}`}>{more[1]}</a>}
        <a href={`/api/streams/${stream.name}/current/${encodeURIComponent(key)}`}>as JSON</a>
      </p>
    </article>
  );
};

/** `pm2_5` as people write it. */
const fieldWords = (name: string): string =>
  name.replace("pm2_5", "PM2.5").replace("pm10", "PM10").replace("aqi", "AQI").replaceAll("_", " ");

function valueText({ kind }: Field, value: unknown): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  return kind === "choice" ? fieldWords(String(value)) : String(value);
}
