/** Accuracy by horizon, beside what nobody needs a model for. */
import type { HorizonFigures } from "../../src/serving/predictions/answer.ts";
import { count, fixed } from "../format.ts";
import { skillText } from "./headline.ts";
import { percentText } from "./words.ts";

const HEADS = [
  "compared",
  "off on average",
  "had it stayed",
  "skill",
  "slow roads: off",
  "had it stayed",
  "too fast by",
  "off in %",
  "within 15 %",
  "RMSE",
  "R²",
] as const;

export const AccuracyTable = ({ overall }: { overall: readonly HorizonFigures[] }) => (
  <section class="accuracy">
    <h2>
      Accuracy by horizon <small>km/h</small>
    </h2>
    <div class="scroll" tabindex={0} role="region" aria-label="Accuracy by horizon">
      <table>
        <thead>
          <tr>
            <th scope="col">ahead</th>
            {HEADS.map((head) => (
              <th scope="col" class="n">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {overall.map((one) => (
            <tr>
              <th scope="row">{one.horizon_min} min</th>
              <td class="n">{count(one.n)}</td>
              <td class="n">
                <b>{fixed(one.mae, 2)}</b>
              </td>
              <td class="n">{fixed(one.persistence_mae, 2)}</td>
              <td class="n">{skillText(one.skill)}</td>
              <td class="n">{fixed(one.either.mae, 2)}</td>
              <td class="n">{fixed(one.either.persistence_mae, 2)}</td>
              <td class="n">{fixed(one.bias, 2)}</td>
              <td class="n">{one.mape_percent === null ? "–" : `${fixed(one.mape_percent, 1)} %`}</td>
              <td class="n">{percentText(one.within_15)}</td>
              <td class="n">{fixed(one.rmse, 2)}</td>
              <td class="n">{fixed(one.r2, 2)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
    <p class="note">
      Off on average: mean absolute error. Had it stayed: the same of "it stays as it is", on the same roads
      and minutes. Slow roads: slow when it was predicted, or when it came: there it matters, and there every
      forecast is worst. The papers promise 15 % of error.
    </p>
  </section>
);
