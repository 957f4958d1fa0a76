/** "Why is it heavy?": the sentence first, then the facts behind it. */
import type { CongestionLevel } from "../src/core/congestion.ts";
import type { AnswerRow } from "../src/core/json.ts";
import type { Answer } from "../src/serving/answer.ts";
import type { RoadExplanation } from "../src/serving/explain-answer.ts";
import { RatioScale } from "./charts/ratio-scale.tsx";
import { clockSeconds, clockTime, count, dateTime, fixed, instant, levelWords, num, span } from "./format.ts";
import type { Frame } from "./page.ts";

export const whyQuestion = (level: CongestionLevel): string =>
  level === "unknown" ? "Why is there no data?" : `Why is it ${levelWords[level].toLowerCase()}?`;

interface WhyProps {
  frame: Pick<Frame, "city" | "now_ms">;
  road_id: string;
  level: CongestionLevel;
  /** Null while it is closed: it is loaded when somebody opens it. */
  explained: Answer<RoadExplanation> | null;
}

/** Opens without JavaScript, too: then what it holds is a link to the page with the answer in it. */
export const Why = ({ frame, road_id, level, explained }: WhyProps) => {
  const id = encodeURIComponent(road_id);
  return (
    <details class="why" id="why" open={explained !== null}>
      <summary data-why={level}>{whyQuestion(level)}</summary>
      <div id="why-body" hx-get={`/fragments/road/${id}/why`} hx-trigger="why" hx-swap="innerMorph">
        {explained === null ? (
          <p class="note">
            <a href={`/roads/${id}?why=1#why`}>Event, rule, window and place in the log</a>
          </p>
        ) : (
          <WhyBody frame={frame} explained={explained} />
        )}
      </div>
    </details>
  );
};

type BodyProps = { frame: Pick<Frame, "city" | "now_ms">; explained: Answer<RoadExplanation> };

export const WhyBody = ({ frame, explained: { data, meta } }: BodyProps) => {
  const { zone } = frame.city;
  const { level } = data;
  return (
    <>
      <p class="because">{unbroken(data.sentence)}</p>
      <div class="why-parts">
        {level === null ? null : (
          <section class="rule">
            <h3>Rule</h3>
            {level.speed_ratio === null || level.road_closed ? null : (
              <RatioScale ratio={level.speed_ratio} level={level.congestion_level} />
            )}
            <p>
              <code>{level.rule}</code>
            </p>
          </section>
        )}
        {data.log === null ? null : <Place data={data} log={data.log} zone={zone} />}
        <Window data={data} zone={zone} />
        <section>
          <h3>Layer</h3>
          <dl>
            <Fact name="answered by">{data.layer === null ? "no layer" : `${data.layer} layer`}</Fact>
            <Fact name="because">{data.why_layer}</Fact>
            <Fact name="breaker">{breakerWords[data.breaker]}</Fact>
            <Fact name="age">
              {meta.age_ms === null ? "–" : `${span(meta.age_ms)}${meta.stale ? ", stale" : ""}`}
            </Fact>
          </dl>
        </section>
        {data.event === null ? null : (
          <section class="event">
            <h3>Newest event</h3>
            <dl>
              {Object.entries(data.event).map(([name, value]) => (
                <Fact name={name}>{shown(value)}</Fact>
              ))}
            </dl>
          </section>
        )}
      </div>
      <p class="note">
        <a href={`/api/roads/${encodeURIComponent(data.road_id)}/explain`}>The same as JSON</a>
        {data.raw_url === null ? null : (
          <>
            {" · "}
            <a href={data.raw_url}>the event as history keeps it</a>
          </>
        )}
      </p>
    </>
  );
};

const Fact = ({ name, children }: { name: string; children: unknown }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);

type PlaceProps = { data: RoadExplanation; log: NonNullable<RoadExplanation["log"]>; zone: string };

const Place = ({ data, log, zone }: PlaceProps) => {
  const taken = instant(log.received_at);
  return (
    <section>
      <h3>Place in the log</h3>
      <dl>
        <Fact name="feed">{data.event?.source}</Fact>
        <Fact name="topic">{log.topic}</Fact>
        <Fact name="partition">{log.partition}</Fact>
        <Fact name="offset">{count(log.offset)}</Fact>
        <Fact name="taken at">
          {taken === null ? "known once history has stored it" : dayAndTime(taken, zone)}
        </Fact>
        <Fact name="in history">
          {!log.stored
            ? "not yet"
            : log.first === null
              ? "yes"
              : `yes, as offset ${count(log.first.offset)}: this is a repeat`}
        </Fact>
      </dl>
    </section>
  );
};

const Window = ({ data: { window, event }, zone }: { data: RoadExplanation; zone: string }) => {
  if (event === null) return null;
  if (window === null)
    return (
      <section>
        <h3>Window</h3>
        <p class="note">History keeps none of this event yet.</p>
      </section>
    );
  const [start, end] = [instant(window["window_start"]), instant(window["window_end"])];
  const final_from = instant(window.final_from);
  return (
    <section>
      <h3>Window</h3>
      <dl>
        <Fact name={`from, to`}>
          {start === null || end === null ? "–" : `${clockTime(start, zone)} – ${clockTime(end, zone)}`}
        </Fact>
        <Fact name="events">
          {count(num(window["n"]))}
          {window.holds_event ? "" : ", without this one yet"}
        </Fact>
        <Fact name="mean">{fixed(num(window["current_speed_mean"]), 1)} km/h</Fact>
        <Fact name="least, most">
          {fixed(num(window["current_speed_min"]), 1)}, {fixed(num(window["current_speed_max"]), 1)} km/h
        </Fact>
        <Fact name="final">
          {window.final
            ? "yes"
            : final_from === null
              ? "not yet"
              : `not yet: when the watermark is at ${clockSeconds(final_from, zone)}`}
        </Fact>
      </dl>
    </section>
  );
};

const breakerWords: Readonly<Record<RoadExplanation["breaker"], string>> = {
  closed: "closed: the live view is asked",
  open: "open: history is asked instead",
  "half-open": "half-open: the live view is tried again",
  none: "none: the live view is in this process",
};

/** A number and its unit stay on one line. */
const unbroken = (sentence: string): string => sentence.replace(/(\d) (?=%|km\/h)/g, "$1\u00a0");

const dayAndTime = (ms: number, zone: string): string =>
  `${dateTime(ms, zone).slice(0, 10)} ${clockSeconds(ms, zone)}`;

const shown = (value: AnswerRow[string]): unknown =>
  value === null ? <i>none</i> : typeof value === "object" ? JSON.stringify(value) : String(value);
