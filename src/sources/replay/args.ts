/** The command line of replay. */
import { parseArgs } from "node:util";
import { ConfigError } from "../../core/errors.ts";
import type { Speed } from "./clock.ts";

export interface ReplayArgs {
  file: string;
  stream: string;
  mapping: string;
  speed: Speed;
  /** The instance runs on the recording's own time. */
  clock: boolean;
}

export const replayHelp = `Replays a recording through the log, as any feed's events.

  bun run replay <file> --stream <name> --mapping <file> [--speed 60|max] [--clock]

  <file>      CSV, NDJSON, a JSON array or a GTFS-Realtime message, also .gz
  --stream    the stream its events belong to: traffic, vehicles, readings, transactions, …
  --mapping   columns, units, id, time and time zone, as JSON; some stand in docs/mappings
  --speed     recorded seconds per second, or max (the default)
  --clock     a whole instance runs on the recording's own time, and its events are live.
              Without it the recording is shifted by whole weeks to end before now, and marked as a backfill.
  --help      this

Rows that the stream's rules or the mapping refuse become dead letters, with their reason.

  bun run replay speed_mph.csv --stream traffic --mapping docs/mappings/metr-la.json --speed 60 --clock
`;

/** @throws {ConfigError} in one sentence, naming the argument and what is wanted. */
export function parseReplayArgs(argv: readonly string[]): ReplayArgs | { help: string } {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        stream: { type: "string" },
        mapping: { type: "string" },
        speed: { type: "string", default: "max" },
        clock: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    throw new ConfigError(
      `replay: ${error instanceof Error ? error.message.split(". ")[0] : String(error)}; see --help`,
    );
  }
  const { values, positionals } = parsed;
  if (values.help) return { help: replayHelp };
  const [file] = positionals;
  if (file === undefined || positionals.length > 1) {
    throw new ConfigError(`replay takes one file, not ${positionals.length}; see --help`);
  }
  if (values.stream === undefined)
    throw new ConfigError("replay wants --stream <name>, the stream of its events; see --help");
  if (values.mapping === undefined)
    throw new ConfigError("replay wants --mapping <file>, which names its columns; see --help");
  return {
    file,
    stream: values.stream,
    mapping: values.mapping,
    speed: speedOf(values.speed),
    clock: values.clock,
  };
}

function speedOf(text: string): Speed {
  if (text === "max") return "max";
  const speed = Number(text);
  if (text.trim() !== "" && speed > 0 && speed <= 1_000_000) return speed;
  throw new ConfigError(
    `--speed is "${text}"; it must be max, or recorded seconds per second: above 0, at most 1000000`,
  );
}
