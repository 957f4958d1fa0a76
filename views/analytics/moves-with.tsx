/** Do weather, traffic and air move together? A sentence per pair where enough was measured, and why not where not. */
import type { Correlated, Correlation, Pairing } from "../../src/serving/analytics/answer.ts";
import { count, fixed } from "../format.ts";
import { Panel, TableOf, zoneText, type PanelContext } from "./panel.tsx";

export interface MovesWithProps {
  context: PanelContext;
  answer: Correlation;
  csv: string;
}

/** Fewer pairs say nothing. */
const N_MIN = 100;

export const MovesWithPanel = ({ context, answer, csv }: MovesWithProps) => {
  const pairs = [...answer.weather_traffic, ...answer.traffic_aqi];
  return (
    <Panel
      context={context}
      name="moves-with"
      title="What moves with what"
      unit="Pearson's r of hourly means"
      csv={csv}
      foot={`strongest of lags 0 to 6 h; 95 % interval; said only from ${N_MIN} pairs of hours on; what causes what, this does not say · ${zoneText(context.city.zone, context.query.from_ms)}`}
    >
      {pairs.length === 0 ? (
        <p class="empty">
          Neither weather nor readings of air are taken here, so there is nothing to compare with.
        </p>
      ) : (
        <>
          <ul class="pairs">
            {pairs.filter(isSaid).map((pair) => (
              <li>{pairSentence(pair)}</li>
            ))}
            {[
              ...Map.groupBy(
                pairs.filter((pair) => !isSaid(pair)),
                whyNot,
              ),
            ].map(([why, mine]) => (
              <li>{unsaidSentence(mine, why)}</li>
            ))}
          </ul>
          <TableOf
            label="Correlations by lag"
            heads={["Pair", "Lag, h", "r", "95 % from", "to", "Spearman", "n"]}
            rows={pairs.flatMap((pair) =>
              pair.lags.map((lag) => [
                namesOf(pair).join(" → "),
                lag.lag_h,
                fixed(lag.r, 2),
                fixed(lag.r_low, 2),
                fixed(lag.r_high, 2),
                fixed(lag.rho, 2),
                count(lag.n),
              ]),
            )}
          />
        </>
      )}
    </Panel>
  );
};

const WORDS: Readonly<Record<Pairing["cause"] | Pairing["effect"], string>> = {
  precipitation: "rain",
  temperature: "temperature",
  wind_speed: "wind",
  humidity: "humidity",
  traffic_level: "traffic",
  speed: "speed",
  congested_share: "congestion",
  aqi_value: "AQI",
};

const namesOf = ({ cause, effect, location }: Pairing): readonly [string, string] => [
  WORDS[cause],
  location === null ? WORDS[effect] : `${WORDS[effect]} at ${location}`,
];

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);
const signedR = (r: number | null): string => fixed(r, 2).replace("-", "−");

/** Whether enough was measured to say anything. */
const isSaid = ({ best }: Pairing): boolean => best !== null && best.r !== null && best.n >= N_MIN;

const whyNot = ({ best, reason }: Pairing): string =>
  (reason ?? `only ${count(best?.n ?? 0)} pairs of hours, ${N_MIN} are needed`).replace(/\.$/, "");

/** Pairs that are named before the others are only counted. */
const NAMED = 3;

/** `Not said of speed and rain, … and 5 more pairs: 25 hours have both; at least 100 are needed.` */
export function unsaidSentence(pairs: readonly Pairing[], why: string): string {
  const names = pairs.slice(0, NAMED).map((pair) => namesOf(pair).toReversed().join(" and "));
  const more = pairs.length - names.length;
  return `Not said of ${names.join(", ")}${more > 0 ? `, ${more} more` : ""}: ${why.slice(0, 1).toLowerCase()}${why.slice(1)}.`;
}

/** `Congestion moves with rain about 1 h later (r 0.42, 0.35 to 0.49, n 640).` */
export function pairSentence(pair: Pairing): string {
  const { best } = pair;
  if (best === null || best.r === null || !isSaid(pair)) return unsaidSentence([pair], whyNot(pair));
  const [cause, effect] = namesOf(pair);
  const basis = `(r ${signedR(best.r)}, ${intervalOf(best)}n ${count(best.n)})`;
  const unsure = best.r_low !== null && best.r_high !== null && best.r_low < 0 && best.r_high > 0;
  if (unsure) return `${capital(effect)} does not clearly move with ${cause} ${basis}.`;
  const later = best.lag_h === 0 ? "in the same hour" : `about ${best.lag_h} h later`;
  return `${capital(effect)} moves ${best.r < 0 ? "against" : "with"} ${cause} ${later} ${basis}.`;
}

const intervalOf = ({ r_low, r_high }: Correlated): string =>
  r_low === null || r_high === null ? "" : `${signedR(r_low)} to ${signedR(r_high)}, `;
