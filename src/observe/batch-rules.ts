/** What is warned of the batch views. */
import { hours } from "../core/time.ts";
import type { Rule } from "./rule.ts";

export const batchRules: readonly Rule[] = [
  {
    rule: "audit-differences",
    level: "warning",
    above: 0,
    after_ms: 0,
    below: 0,
    ended_after_ms: 0,
    read: ({ streams }) =>
      streams.map(({ stream, label, batch }) => ({
        subject: stream,
        // Until the next audit finds nothing.
        value: (batch?.audit?.found ?? 0) + (batch?.audit?.live_found ?? 0),
        text: `The last audit of ${label} found differences, and repaired those of the batch layer: ${batch?.audit?.words ?? ""}.`,
      })),
  },
  {
    rule: "views-behind",
    level: "warning",
    above: hours(3),
    after_ms: 0,
    below: hours(2),
    ended_after_ms: 0,
    read: ({ streams }) =>
      streams.flatMap(({ stream, label, as_of, batch }) =>
        (batch?.views ?? []).flatMap(({ view, frontier }) => {
          if (as_of === null || frontier === null) return [];
          const behind_ms = Date.parse(as_of) - Date.parse(frontier);
          return [
            {
              subject: `${stream}/${view}`,
              value: behind_ms,
              text: `The batch view ${view} of ${label} is ${(behind_ms / 3_600_000).toFixed(1)} h behind: its answers are right, but come from windows, and slower.`,
            },
          ];
        }),
      ),
  },
];
