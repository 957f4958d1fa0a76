/** How good reports of anomalies are against labelled windows. */

export interface Window {
  from_ms: number;
  to_ms: number;
}

export interface AlarmErrors {
  windows_n: number;
  /** Windows in which something was reported. */
  found_n: number;
  alarms_n: number;
  /** Reports outside of all windows. */
  false_n: number;
  /**
   * Score of the Numenta Anomaly Benchmark, standard profile (Lavin and Ahmad 2015): the first report in a window counts up to 1, more the
   * earlier; one outside costs up to 0.11; a window without any costs 1. 100 is perfect, 0 is to report nothing.
   */
  nab_score: number;
}

/** A report costs so much at most (false positive, standard profile). */
const FALSE_COST = 0.11;

const sigmoid = (place: number): number => 2 / (1 + Math.exp(5 * place)) - 1;

/** @param alarms Times of reports, ascending. */
export function judgeAlarms(alarms: readonly number[], windows: readonly Window[]): AlarmErrors {
  let score = 0;
  let found_n = 0;
  for (const { from_ms, to_ms } of windows) {
    const first = alarms.find((at) => at >= from_ms && at <= to_ms);
    if (first === undefined) {
      score -= 1;
      continue;
    }
    found_n++;
    // −1 at the window's begin, 0 at its end.
    score += sigmoid((first - to_ms) / (to_ms - from_ms)) / sigmoid(-1);
  }
  let false_n = 0;
  for (const at of alarms) {
    if (windows.some(({ from_ms, to_ms }) => at >= from_ms && at <= to_ms)) continue;
    false_n++;
    const last = windows.findLast(({ to_ms }) => to_ms < at);
    // Right after a window it costs little.
    const place = last === undefined ? Infinity : (at - last.to_ms) / (last.to_ms - last.from_ms);
    score += FALSE_COST * (place > 3 ? -1 : sigmoid(place));
  }
  return {
    windows_n: windows.length,
    found_n,
    alarms_n: alarms.length,
    false_n,
    nab_score: (100 * (score + windows.length)) / (2 * windows.length),
  };
}
