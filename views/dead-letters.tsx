/** What was refused, why, and the way to try it again. */
import { count, dateTime } from "./format.ts";
import type { Frame } from "./page.ts";

/** Of a stored dead letter, what a person needs. */
export interface DeadLetterRow {
  dead_letter_id: string;
  stream: string;
  topic: string;
  partition: number;
  offset: number;
  source: string;
  received_at_ms: number;
  reason: string;
  pointer: string;
  value: string;
  rule: string;
  state: "open" | "replayed" | "stored";
  attempts: number;
}

export const DeadLetters = ({
  letters,
  now,
}: {
  letters: readonly DeadLetterRow[];
  now: Pick<Frame, "city" | "now_ms">;
}) => {
  const open = letters.filter((l) => l.state === "open");
  return (
    <>
      <h2>
        Dead letters{" "}
        <small>
          newest {count(letters.length)}; <a href="/api/dead-letters">all as JSON</a>
        </small>
        {open.length === 0 ? null : (
          <button type="button" data-replay={open.map((l) => l.dead_letter_id).join(" ")}>
            Replay the {count(open.length)} open ones
          </button>
        )}
      </h2>
      <p class="note" id="replay-said" role="status" hx-morph-skip="true"></p>
      <form id="operator" hidden hx-morph-skip="true">
        <label>
          Operator token <input type="password" name="token" required autocomplete="off" />
        </label>{" "}
        <button>Go on with it</button>
      </form>
      {letters.length === 0 ? (
        <p class="empty">
          Nothing was refused. What is refused stands here with the field, the value and the rule, and can be
          tried again once the cause is gone.
        </p>
      ) : (
        <div class="scroll" tabindex={0} role="region" aria-label="Dead letters">
          <table class="letters">
            <thead>
              <tr>
                <th scope="col">Came</th>
                <th scope="col">From</th>
                <th scope="col">Field</th>
                <th scope="col">Value</th>
                <th scope="col">Rule</th>
                <th scope="col">Place</th>
                <th scope="col">State</th>
                <th scope="col">
                  <span class="hidden">Action</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {letters.map((l) => (
                <tr id={`d-${l.dead_letter_id}`}>
                  <td class="nowrap">{dateTime(l.received_at_ms, now.city.zone)}</td>
                  <td>{l.source}</td>
                  <td>
                    <code>{l.pointer === "" ? "whole" : l.pointer}</code>
                  </td>
                  <td class="value">
                    <code>{l.value}</code>
                  </td>
                  <td>{l.rule}</td>
                  <td class="nowrap">
                    <small>
                      {l.topic} {l.partition}:{count(l.offset)}
                    </small>
                  </td>
                  <td>
                    {l.state}
                    {l.attempts > 0 ? ` (${l.attempts} tried)` : ""}
                  </td>
                  <td>
                    {l.state === "open" ? (
                      <button
                        type="button"
                        data-replay={l.dead_letter_id}
                        aria-label={`Replay the letter of ${l.pointer === "" ? "the whole value" : l.pointer}, ${l.value}`}
                      >
                        Replay
                      </button>
                    ) : null}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
};
