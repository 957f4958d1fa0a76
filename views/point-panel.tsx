/** One point of the map's layers, with all that its newest event says. */
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
};

export const PointPanel = ({ frame, layer, stream, row }: PointPanelProps) => {
  const key = String(row[stream.key]);
  const as_of = instant(row.as_of);
  const facts = Object.entries(stream.fields).filter(
    ([name]) =>
      name !== stream.key && !ELSEWHERE.has(name) && !stream.personal.includes(name) && row[name] !== null,
  );
  const more = MORE[layer.name];
  return (
    <article data-point-panel={`${layer.name}:${key}`}>
      <header>
        <h2>{String(row["vehicle_label"] ?? row["emergency_type"] ?? key)}</h2>
        <p class="what">
          {layer.label} · {key}
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
            <dt>{name.replaceAll("_", " ")}</dt>
            <dd>
              {valueText(row[name])}{" "}
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

const valueText = (value: unknown): string =>
  typeof value === "string"
    ? value.replaceAll("_", " ")
    : typeof value === "boolean"
      ? value
        ? "yes"
        : "no"
      : String(value);
