/** Predictions: what will change in 30 minutes, and can one trust it? */
import type { City } from "../src/core/city.ts";
import type { JobStatus } from "../src/core/job.ts";
import type { Verdict } from "../src/prediction/training/verdict.ts";
import type { PredictionAccuracy } from "../src/serving/predictions/answer.ts";
import { Hatch } from "./charts/hatch.tsx";
import { clockTime, count } from "./format.ts";
import { layout } from "./layout.tsx";
import { markup } from "./markup.ts";
import type { Frame } from "./page.ts";
import { AccuracyTable } from "./predictions/accuracy.tsx";
import { horizons } from "./predictions/ahead.ts";
import { Calibration, Coverage } from "./predictions/calibration.tsx";
import type { Outlook } from "./predictions/changes.ts";
import { ByHour, OverTime } from "./predictions/curves.tsx";
import { driftText, headline, scoredText, unknownText } from "./predictions/headline.ts";
import { Models } from "./predictions/models.tsx";
import { accuracyUrl, predictionsUrl, spans, spanWords, type PredictionsQuery } from "./predictions/query.ts";
import { Training } from "./predictions/training.tsx";
import { Changes, WorstPredicted } from "./predictions/worst.tsx";

export interface PredictionsProps {
  frame: Frame;
  city: Pick<City, "zone">;
  query: PredictionsQuery;
  outlook: Outlook;
  /** Null where history is away, or nobody scores. */
  accuracy: PredictionAccuracy | null;
  /** Asked for, but nobody knows it: what is shown is of what was shown. */
  unknown_model: string | null;
  /** Whether predictions are scored here. */
  scoring: boolean;
  verdicts: ReadonlyMap<string, Verdict>;
  /** The job that trains; null where it is not known. */
  training: JobStatus | null;
}

const titleOf = ({ outlook }: PredictionsProps): string =>
  outlook.known === 0 ? "○ no prediction" : `● ${count(outlook.known)} roads predicted`;

export function predictionsPage(props: PredictionsProps): string {
  return layout({
    frame: props.frame,
    title: titleOf(props),
    path: "/predictions",
    page: "predictions",
    script: "predictions-page.js",
    style: "predictions.css",
    live: "polled",
    children: (
      <div id="predictions">
        <Predictions {...props} />
      </div>
    ),
  });
}

/** All that changes, as one part: the page asks for it again now and then. */
export const predictionsFragment = (props: PredictionsProps): string => markup(<Predictions {...props} />);

const Predictions = (props: PredictionsProps) => {
  const { frame, query, outlook, accuracy, unknown_model, scoring, verdicts, training } = props;
  const { zone } = props.city;
  const drift = accuracy === null ? null : driftText(accuracy.drift);
  const scored = accuracy !== null && accuracy.overall.some(({ n }) => n > 0);
  return (
    <div data-fragment={predictionsUrl(query, {}, "/fragments/predictions")} data-title={titleOf(props)}>
      <Hatch />
      <header>
        <h1>Predictions</h1>
        <p class="sentence">
          {unknown_model === null ? "" : `${unknownText(unknown_model, query)} `}
          {scoring ? headline(accuracy, query) : "Nobody compares predictions with what came here."}
        </p>
        {drift === null ? null : (
          <p class="drift" role="status">
            <span aria-hidden="true">▲</span> {drift}
          </p>
        )}
        <p>
          {nowText(outlook, zone)}{" "}
          {outlook.known === 0 ? null : (
            <span class="on-map">
              On the map:{" "}
              {horizons.map((minute) => (
                <>
                  <a href={`/?ahead=${minute}`}>+{minute}</a>{" "}
                </>
              ))}
              min.
            </span>
          )}
        </p>
      </header>
      <div class="pair">
        <Changes
          title="Getting worse"
          none={noneText(outlook, "slower")}
          changes={outlook.worse}
          zone={zone}
        />
        <Changes
          title="Getting better"
          none={noneText(outlook, "faster")}
          changes={outlook.better}
          zone={zone}
        />
      </div>
      <Control query={query} accuracy={accuracy} />
      {accuracy === null ? null : <p class="note">{scoredText(accuracy, zone)}.</p>}
      {accuracy === null || !scored ? null : (
        <>
          <AccuracyTable overall={accuracy.overall} />
          <div class="pair">
            <ByHour accuracy={accuracy} zone={zone} />
            <OverTime accuracy={accuracy} zone={zone} />
          </div>
          <Calibration accuracy={accuracy} />
          <Coverage accuracy={accuracy} />
          <WorstPredicted accuracy={accuracy} />
        </>
      )}
      {accuracy === null ? null : (
        <Models accuracy={accuracy} verdicts={verdicts} query={query} zone={zone} />
      )}
      <Training job={training} now_ms={frame.now_ms} zone={zone} />
      <HowItWorks query={query} now_ms={frame.now_ms} zone={zone} />
    </div>
  );
};

/** Persistence foresees no change: that none is expected would be said of nothing. */
const noneText = ({ known, foresees }: Outlook, much: "slower" | "faster"): string =>
  known === 0
    ? "Not known: nothing is predicted now."
    : foresees
      ? `No road is expected to get much ${much} within 30 minutes.`
      : 'Not known: "it stays as it is" foresees no change. That takes a trained model.';

const nowText = ({ known, all, made_ms, models }: Outlook, zone: string): string =>
  made_ms === null
    ? "Nothing is predicted now: no prediction is of the last 3 minutes. After a start the first come within about two."
    : `${count(known)} of ${count(all)} roads are predicted, newest from ${clockTime(made_ms, zone)}${models.length === 0 ? "" : ` by ${models.join(" and ")}`}.`;

const Control = ({ query, accuracy }: { query: PredictionsQuery; accuracy: PredictionAccuracy | null }) => {
  const versions = [
    ...new Set([
      ...(accuracy?.models.map((model) => model.model_version) ?? []),
      ...(query.model === null ? [] : [query.model]),
    ]),
  ];
  return (
    <form class="control predictions-control" method="get" action="/predictions" aria-label="What is judged">
      <p>
        <span>Range</span>{" "}
        {spans.map((span) => (
          <a href={predictionsUrl(query, { span })} aria-current={query.span === span ? "true" : undefined}>
            {spanWords[span]}
          </a>
        ))}
      </p>
      <p>
        <span>Ahead</span>{" "}
        {[null, ...horizons].map((horizon) => (
          <a
            href={predictionsUrl(query, { horizon })}
            aria-current={query.horizon === horizon ? "true" : undefined}
          >
            {horizon === null ? "all" : `${horizon} min`}
          </a>
        ))}
      </p>
      {query.span === "24h" ? null : <input type="hidden" name="span" value={query.span} />}
      {query.horizon === null ? null : <input type="hidden" name="horizon" value={String(query.horizon)} />}
      <label>
        <span>Model</span>{" "}
        <select name="model">
          <option value="" selected={query.model === null}>
            what was shown
          </option>
          {versions.map((version) => (
            <option value={version} selected={query.model === version}>
              {version}
            </option>
          ))}
        </select>{" "}
        <button>Show</button>
      </label>
    </form>
  );
};

const HowItWorks = ({ query, now_ms, zone }: { query: PredictionsQuery; now_ms: number; zone: string }) => (
  <section class="how">
    <h2>How it works</h2>
    <p>
      A model that is trained here, on this city's own measurements, reads the last hour of each road and its
      neighbours, and says for each road how its speed in 10, 20 and 30 minutes is distributed: the figure,
      its intervals and the probability of a jam all come from that. Every prediction is kept and later
      compared with the mean of the five minutes that it spoke of, beside what would have been right had the
      speed stayed. What is not known is not said: a road that has not reported has no prediction, and one
      older than 3 minutes is none.
    </p>
    <p class="links">
      <a href={accuracyUrl(query, now_ms, zone)}>These figures as JSON</a>{" "}
      <a href={accuracyUrl(query, now_ms, zone, "series")}>over time as CSV</a>{" "}
      <a href={accuracyUrl(query, now_ms, zone, "roads")}>worst roads as CSV</a>{" "}
      <a href="/api/traffic/predictions">Predictions now as JSON</a>{" "}
      <a href="/api/data/predictions?format=csv">raw as CSV</a> <a href="/docs">API reference</a>
    </p>
  </section>
);
