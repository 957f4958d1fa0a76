/** Laws of the models' store, on a real server. */
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { HistoryUnavailableError } from "../../core/errors.ts";
import { limits } from "../../core/limits.ts";
import { openSql } from "../../postgres.ts";
import { postgresBed, type PostgresBed } from "../postgres-bed.fixture.ts";
import { ModelRoleError, type ModelStore, type NewModel } from "./model-store.ts";
import { openPostgresModels } from "./postgres-models.ts";

let bed: PostgresBed;
let models: ModelStore;

beforeAll(async () => {
  bed = await postgresBed();
  await bed.open();
  models = openPostgresModels({ url: bed.url });
});
afterAll(async () => {
  await models.close();
  await bed.drop();
});
beforeEach(async () => {
  const sql = openSql(bed.url, { max: 1, application_name: "test" });
  await sql`delete from models`;
  await sql.end();
});

const file = (text: string): Uint8Array => new TextEncoder().encode(text);
const model = (model_version: string, state: NewModel["state"], over: Partial<NewModel> = {}): NewModel => ({
  model_version,
  kind: "persistence",
  state,
  reason: "as the test says",
  trained_from_ms: Date.UTC(2026, 9, 1),
  trained_to_ms: Date.UTC(2026, 9, 29),
  seed: 7,
  code_version: "1.2.3",
  roads_n: 3,
  verdict: { mae: [1.5, 2, null] },
  margins: null,
  ...over,
});
const states = async (): Promise<string[]> =>
  (await models.list(100)).map(({ model_version, state }) => `${model_version} ${state}`).sort();

test("a model comes back as it was kept, byte for byte, with what is known of it; the same version again changes nothing", async () => {
  expect(await models.roles()).toEqual({ champion: null, challenger: null });
  const bytes = crypto.getRandomValues(new Uint8Array(60_000));
  const row = await models.save(model("a", "champion", { margins: { all: 1.25 } }), bytes);
  expect(row).toMatchObject({
    ...model("a", "champion"),
    margins: { all: 1.25 },
    bytes: 60_000,
    kept: true,
    ended_ms: null,
  });
  expect(row.sha256).toBe(createHash("sha256").update(bytes).digest("hex"));
  expect(row.promoted_ms).toBeGreaterThan(0);
  const back = (await models.artefact("a"))!;
  expect(back).toEqual(bytes);
  expect(back.slice(1, 2).buffer.byteLength).toBe(1);
  expect(await models.roles()).toEqual({ champion: row, challenger: null });
  expect(await models.one("a")).toEqual(row);
  expect(await models.save(model("a", "rejected", { kind: "lstm" }), file("other"))).toEqual(row);
  expect([await models.artefact("b"), await models.one("b")]).toEqual([null, null]);
});

test("a champion is only for where there is none; a new challenger takes the place of the one before", async () => {
  await models.save(model("a", "champion"), file("a"));
  expect((await models.save(model("b", "champion"), file("b"))).state).toBe("challenger");
  await models.save(model("c", "challenger"), file("c"));
  await models.save(model("d", "rejected"), file("d"));
  expect(await states()).toEqual(["a champion", "b rejected", "c challenger", "d rejected"]);
  expect((await models.one("b"))!.reason).toContain("c took its place");
});

test("a promotion retires the champion; who is no challenger is neither promoted nor rejected", async () => {
  await models.save(model("a", "champion"), file("a"));
  await models.save(model("b", "challenger"), file("b"));
  expect(await models.promote("b", "better live")).toBe(true);
  expect(await models.promote("b", "again")).toBe(false);
  expect(await models.reject("b", "late")).toBe(false);
  expect(await models.promote("never", "there")).toBe(false);
  expect(await states()).toEqual(["a retired", "b champion"]);
  expect((await models.one("a"))!.ended_ms).toBeGreaterThan(0);
  await models.save(model("c", "challenger"), file("c"));
  expect(await models.reject("c", "worse live")).toBe(true);
  expect(await models.one("c")).toMatchObject({ state: "rejected", reason: "worse live", promoted_ms: null });
});

test("many at once: one promotes, one challenger and one champion stand, whoever saves, promotes and rolls back", async () => {
  await models.save(model("a", "champion"), file("a"));
  await models.save(model("b", "challenger"), file("b"));
  const others = Array.from({ length: 4 }, () => openPostgresModels({ url: bed.url }));
  try {
    const won = await Promise.all(others.map((store, i) => store.promote("b", `by ${i}`)));
    expect(won.filter(Boolean)).toHaveLength(1);
    await Promise.all(
      others.flatMap((store, i) => [
        store.save(model(`n${i}`, "champion"), file(`n${i}`)),
        store.promote(`n${i}`, "if it can"),
        store.rollBack("if it can").catch((error: unknown) => expect(error).toBeInstanceOf(ModelRoleError)),
      ]),
    );
    const all = await models.list(100);
    expect(all.filter(({ state }) => state === "champion")).toHaveLength(1);
    expect(all.filter(({ state }) => state === "challenger").length).toBeLessThanOrEqual(1);
    expect(all).toHaveLength(6);
  } finally {
    await Promise.all(others.map((store) => store.close()));
  }
});

test("going back brings the last champion, then the one before it, and then says that there is none", async () => {
  expect(models.rollBack("nobody")).rejects.toThrow("no other model was champion");
  await models.save(model("a", "champion"), file("a"));
  for (const name of ["b", "c"]) {
    await models.save(model(name, "challenger"), file(name));
    await models.promote(name, "better");
  }
  expect(await models.rollBack("c is wrong at night")).toMatchObject({
    model_version: "b",
    state: "champion",
    ended_ms: null,
  });
  expect(await models.one("c")).toMatchObject({ state: "rejected", reason: "c is wrong at night" });
  expect((await models.rollBack("so is b")).model_version).toBe("a");
  expect(models.rollBack("and a")).rejects.toBeInstanceOf(ModelRoleError);
  expect(await states()).toEqual(["a champion", "b rejected", "c rejected"]);
});

test("files of old models go, their rows stay, and nobody goes back to one without a file", async () => {
  await models.save(model("m00", "champion"), file("m00"));
  const n = limits.models_kept + 2;
  for (let i = 1; i <= n; i++) {
    const name = `m${String(i).padStart(2, "0")}`;
    await models.save(model(`${name}-bad`, "rejected"), file(name));
    await models.save(model(name, "challenger"), file(name));
    await models.promote(name, "better");
  }
  const all = await models.list(100);
  expect(all).toHaveLength(2 * n + 1);
  const kept = (state: string): number => all.filter((row) => row.state === state && row.kept).length;
  expect([kept("champion"), kept("retired"), kept("rejected")]).toEqual([
    1,
    limits.models_kept,
    limits.models_kept,
  ]);
  expect(await models.artefact("m00")).toBeNull();
  expect((await models.one("m00"))!.bytes).toBe(3);
  for (let i = 0; i < limits.models_kept; i++) await models.rollBack("further");
  expect(models.rollBack("too far")).rejects.toThrow("its file is gone");
});

test("margins are written and taken away; of no model they are not", async () => {
  await models.save(model("a", "champion"), file("a"));
  expect(await models.setMargins("a", { 10: { calm: { margin_50: 0.5, margin_90: -1 } } })).toBe(true);
  expect((await models.roles()).champion!.margins).toEqual({
    10: { calm: { margin_50: 0.5, margin_90: -1 } },
  });
  expect(await models.setMargins("a", null)).toBe(true);
  expect((await models.one("a"))!.margins).toBeNull();
  expect(await models.setMargins("b", null)).toBe(false);
});

test("a server that is away is told as such", async () => {
  const away = openPostgresModels({ url: "postgres://nobody@127.0.0.1:9/none" });
  expect(away.roles()).rejects.toBeInstanceOf(HistoryUnavailableError);
  expect(away.save(model("a", "champion"), file("a"))).rejects.toBeInstanceOf(HistoryUnavailableError);
  await away.close();
});
