import { describe, expect, test } from "bun:test";
import { ConfigError } from "../../core/errors.ts";
import { parseReplayArgs } from "./args.ts";

const rest = ["a.csv", "--stream", "traffic", "--mapping", "m.json"];

describe("the command line of replay", () => {
  test("a file, a stream and a mapping are enough", () => {
    expect(parseReplayArgs(rest)).toEqual({
      file: "a.csv",
      stream: "traffic",
      mapping: "m.json",
      speed: "max",
      clock: false,
    });
  });

  test("speed and clock", () => {
    expect(parseReplayArgs([...rest, "--speed", "60", "--clock"])).toMatchObject({ speed: 60, clock: true });
    expect(parseReplayArgs([...rest, "--speed=max"])).toMatchObject({ speed: "max" });
  });

  test("help, alone or beside anything", () => {
    for (const argv of [["--help"], ["-h"], [...rest, "--help"]])
      expect(parseReplayArgs(argv)).toHaveProperty("help");
  });

  test("what is wrong is named in one sentence", () => {
    for (const argv of [
      [],
      ["a", "b"],
      ["a.csv"],
      ["a.csv", "--stream", "x"],
      [...rest, "--speed", "0"],
      [...rest, "--speed", "fast"],
      [...rest, "--speed", ""],
      [...rest, "--nope"],
    ]) {
      const attempt = (): unknown => parseReplayArgs(argv);
      expect(attempt).toThrow(ConfigError);
      expect(attempt).toThrow(/see --help|must be max/);
      expect(attempt).not.toThrow(/\n/);
    }
  });
});
