import { expect, test } from "bun:test";
import { csvWithRecipe, recipeLines } from "./recipe.ts";

test("a recipe stands before the columns, as comments, with the number of rows", () => {
  const text = csvWithRecipe(
    [
      ["range", "a to b"],
      ["compared with", null],
    ],
    ["hour", "speed"],
    [{ hour: 7, speed: 31.5 }],
  );
  expect(text).toBe("# range: a to b\r\n# rows: 1\r\nhour,speed\r\n7,31.5\r\n");
});

test("what was typed cannot begin a line of its own", () => {
  expect(recipeLines([["roads", "x\r\n=cmd()\u2028y"]])).toBe("# roads: x =cmd() y\r\n");
});
