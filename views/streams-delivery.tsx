/** What stands around the ledger: warnings above it, the canary and the stores below. */
import type { StreamStatus } from "../src/serving/answer.ts";
import type { CanaryTurn, Delivery, Hop, Warning } from "../src/serving/delivery.ts";
import { clockSeconds, count, span } from "./format.ts";
import type { Moment } from "./streams-table.tsx";

const LEVELS: Readonly<Record<Warning["level"], string>> = { critical: "◆", warning: "▲" };

/** Nothing at all while nothing is warned of. */
export const Warnings = ({ warnings, now }: { warnings: readonly Warning[]; now: Moment }) =>
  warnings.length === 0 ? null : (
    <ul class="warnings" aria-label="Warnings">
      {warnings.map((w) => (
        <li id={`w-${w.rule}-${w.subject.replaceAll(/[^\w-]/g, "-")}`} class={w.level}>
          <span class="level">
            <span aria-hidden="true">{LEVELS[w.level]}</span> {w.level}
          </span>{" "}
          {w.text}{" "}
          <small>
            since {clockSeconds(w.since_ms, now.city.zone)}, {span(now.now_ms - w.since_ms)}
          </small>
        </li>
      ))}
    </ul>
  );

export interface DeliveryProps {
  delivery: Delivery;
  status: readonly StreamStatus[];
  now: Moment;
}

export const DeliveryNow = ({ delivery, status, now }: DeliveryProps) => {
  const own = status.find(({ internal }) => internal);
  return (
    <div class="delivery">
      <section aria-label="Canary">
        <h2>
          Canary{" "}
          <small>
            an event a minute, sent the real way
            {own === undefined ? "" : ` · ${count(own.stored)} stored`}
          </small>
        </h2>
        {delivery.canary === null ? (
          <p class="empty">The first has not arrived yet.</p>
        ) : (
          <Canary turn={delivery.canary} now={now} />
        )}
      </section>
      <section aria-label="Stores">
        <h2>
          Stores <small>and this process</small>
        </h2>
        <dl class="facts">
          {storeFacts(delivery).map(([name, text]) => (
            <div>
              <dt>{name}</dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
      </section>
    </div>
  );
};

/** In the order in which an event usually arrives. */
const HOPS: readonly (readonly [hop: Hop, name: string])[] = [
  ["log", "in the log"],
  ["sse", "at a client"],
  ["live", "in the live view"],
  ["history", "in history"],
];

const BAR = 100;

const Canary = ({ turn, now }: { turn: CanaryTurn; now: Moment }) => {
  const most = Math.max(1, ...HOPS.map(([hop]) => turn.took_ms[hop] ?? 0));
  return (
    <>
      <table class="canary">
        <caption class="hidden">How long the last canary took to each place</caption>
        <tbody>
          {HOPS.map(([hop, name]) => {
            const ms = turn.took_ms[hop];
            return (
              <tr>
                <th scope="row">{name}</th>
                <td class="bar" aria-hidden="true">
                  <svg viewBox={`0 0 ${BAR} 8`} preserveAspectRatio="none">
                    <rect width={BAR} height="8" class="way" />
                    {ms === null ? null : (
                      <rect width={Math.max(1, Math.round((BAR * ms) / most))} height="8" class="took" />
                    )}
                  </svg>
                </td>
                <td class="n">{ms === null ? <strong class="fault">missed</strong> : `${count(ms)} ms`}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <small>
        sent {clockSeconds(turn.sent_at_ms, now.city.zone)}, {span(now.now_ms - turn.sent_at_ms)} ago
      </small>
    </>
  );
};

/** What is not known is not told. */
function storeFacts(delivery: Delivery): readonly (readonly [name: string, text: string])[] {
  const { live_on, breaker, live_memory, database_bytes, pool, loop_lag_p99_ms } = delivery;
  const facts: [string, string][] = [["Live view", live_on]];
  if (breaker !== "none") facts.push(["Breaker", breaker]);
  if (live_memory !== null) {
    const { used_bytes, max_bytes } = live_memory;
    facts.push([
      "Memory of the live view",
      `${bytes(used_bytes)}${max_bytes === null ? "" : ` of ${bytes(max_bytes)}`}`,
    ]);
  }
  if (database_bytes !== null) facts.push(["Database on disk", bytes(database_bytes)]);
  if (pool !== null) facts.push(["Database connections", `${count(pool.in_use)} of ${count(pool.max)} busy`]);
  if (loop_lag_p99_ms !== null) facts.push(["Event loop, p99", `${loop_lag_p99_ms.toFixed(1)} ms late`]);
  return facts;
}

/** `1.2 GB`: powers of ten, as disks are sold. */
function bytes(n: number): string {
  if (n < 1e6) return `${(n / 1e3).toFixed(0)} kB`;
  return n < 1e9 ? `${(n / 1e6).toFixed(0)} MB` : `${(n / 1e9).toFixed(1)} GB`;
}
