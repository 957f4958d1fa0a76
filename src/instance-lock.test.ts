import { expect, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderIsHeld, takeFolder } from "./instance-lock.ts";

test("takeFolder() gives a folder to one holder at a time", async () => {
  const dir = mkdtempSync(join(tmpdir(), "arterial-lock-"));
  const first = await takeFolder(dir);
  expect(first).not.toBeNull();
  expect(await takeFolder(dir)).toBeNull();
  expect(await folderIsHeld(dir)).toBe(true);
  first!.release();
  expect(await folderIsHeld(dir)).toBe(false);
  const second = await takeFolder(dir);
  expect(second).not.toBeNull();
  second!.release();
});

test("takeFolder() takes over from a holder that was killed", async () => {
  const dir = mkdtempSync(join(tmpdir(), "arterial-lock-"));
  const holder = Bun.spawn(
    [
      "bun",
      "-e",
      `const { takeFolder } = await import(${JSON.stringify(join(import.meta.dir, "instance-lock.ts"))}); await takeFolder(${JSON.stringify(dir)}); console.log("held"); setInterval(() => {}, 1000);`,
    ],
    { stdout: "pipe" },
  );
  const reader = holder.stdout.getReader();
  await reader.read();
  expect(await takeFolder(dir)).toBeNull();
  holder.kill("SIGKILL");
  await holder.exited;
  const lock = await takeFolder(dir);
  expect(lock).not.toBeNull();
  lock!.release();
});
