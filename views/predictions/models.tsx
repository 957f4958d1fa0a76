/** Champion, challenger and those before: what each learnt from, what it was judged to be, and how it does. */
import { count, dateTime, fixed, instant } from "../format.ts";
import type { AnsweredModel, PredictionAccuracy } from "../../src/serving/predictions/answer.ts";
import type { Verdict } from "../../src/prediction/training/verdict.ts";
import { horizons } from "./ahead.ts";
import { predictionsUrl, type PredictionsQuery } from "./query.ts";

export interface ModelsProps {
  accuracy: PredictionAccuracy;
  /** By version; missing where nothing that can be read was written. */
  verdicts: ReadonlyMap<string, Verdict>;
  query: PredictionsQuery;
  zone: string;
}

const STATES: Readonly<Record<NonNullable<AnsweredModel["state"]>, readonly [string, string]>> = {
  champion: ["●", "champion"],
  challenger: ["◐", "on trial"],
  retired: ["○", "retired"],
  rejected: ["✕", "rejected"],
};

export const Models = ({ accuracy, verdicts, query, zone }: ModelsProps) => (
  <section class="models">
    <h2>
      Models <small>newest first; mean absolute error 10 / 20 / 30 minutes ahead, km/h</small>
    </h2>
    {accuracy.models.length === 0 ? (
      <p class="empty">
        No model is trained yet: "it stays as it is", with how far that is usually off, is shown until the
        first one is.
      </p>
    ) : (
      <div class="scroll" tabindex={0} role="region" aria-label="Models">
        <table>
          <thead>
            <tr>
              <th scope="col">Model</th>
              <th scope="col">State</th>
              <th scope="col">Learnt from</th>
              <th scope="col" class="n">
                Held-out time
              </th>
              <th scope="col" class="n">
                had it stayed
              </th>
              <th scope="col" class="n">
                profile
              </th>
              <th scope="col" class="n">
                Live
              </th>
              <th scope="col" class="n">
                had it stayed
              </th>
              <th scope="col" class="n">
                compared
              </th>
              <th scope="col">Why</th>
            </tr>
          </thead>
          <tbody>
            {accuracy.models.map((model) => (
              <Model
                model={model}
                accuracy={accuracy}
                verdict={verdicts.get(model.model_version) ?? null}
                query={query}
                zone={zone}
              />
            ))}
          </tbody>
        </table>
      </div>
    )}
    <p class="note" hidden={accuracy.models.length === 0}>
      Held-out time: the newest fifth of the data, from which the judged model had not learnt; all columns of
      it are of the same roads and minutes. Live: what was shown or on trial in the range above. A new model
      becomes champion only where it is better on held-out time, over all and on slow roads, and then no worse
      while both predict the same hours. <code>bun run job roll-back-model</code> brings the one before back.
    </p>
  </section>
);

const three = (values: readonly (number | null | undefined)[]): string =>
  values.every((value) => value === null || value === undefined)
    ? "–"
    : values.map((value) => fixed(value, 2)).join(" / ");

const Model = ({
  model,
  accuracy,
  verdict,
  query,
  zone,
}: {
  model: AnsweredModel;
  accuracy: PredictionAccuracy;
  verdict: Verdict | null;
  query: PredictionsQuery;
  zone: string;
}) => {
  const { model_version, state } = model;
  const day = (text: string | null): string => {
    const ms = instant(text);
    return ms === null ? "–" : dateTime(ms, zone).slice(0, 10);
  };
  const [sign, word] =
    state === null
      ? ["○", model_version === "persistence" ? "without a model" : "kept nowhere"]
      : STATES[state];
  // What was shown, where it was; else what it said on trial.
  const trial = model.served_n === 0;
  const live = (pick: "mae" | "persistence_mae"): (number | null | undefined)[] =>
    horizons.map(
      (minute) =>
        accuracy.by_model.find(
          (one) => one.model_version === model_version && one.trial === trial && one.horizon_min === minute,
        )?.[pick],
    );
  const n = trial ? model.trial_n : model.served_n;
  return (
    <tr>
      <th scope="row">
        <a href={predictionsUrl(query, { model: model_version })}>{model_version}</a>
        <small>
          {model.kind ?? (model_version === "persistence" ? "it stays as it is" : "kind unknown")}
        </small>
      </th>
      <td class="nowrap">
        <span aria-hidden="true">{sign}</span> {word}
      </td>
      <td class="nowrap">
        {model.trained_from === null ? "–" : `${day(model.trained_from)} to ${day(model.trained_to)}`}
        <small>{model.roads_n === null ? "" : `${count(model.roads_n)} roads`}</small>
      </td>
      <td class="n">{verdict === null ? "–" : three(verdict.own.map(({ mae }) => mae))}</td>
      <td class="n">{verdict === null ? "–" : three(verdict.persistence.map(({ mae }) => mae))}</td>
      <td class="n">
        {verdict === null || verdict.profile === null ? "–" : three(verdict.profile.map(({ mae }) => mae))}
      </td>
      <td class="n">
        {three(live("mae"))}
        {trial && n > 0 ? <small>on trial</small> : null}
      </td>
      <td class="n">{three(live("persistence_mae"))}</td>
      <td class="n">{count(n)}</td>
      <td class="reason">{model.reason ?? ""}</td>
    </tr>
  );
};
