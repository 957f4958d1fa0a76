/** Models in PostgreSQL. Who changes parts takes turns under one lock: so a part is empty or taken, and never fought for. */
import { createHash } from "node:crypto";
import { limits } from "../../core/limits.ts";
import { minutes } from "../../core/time.ts";
import { openSql, type TransactionSql } from "../../postgres.ts";
import { Reader } from "../reader.ts";
import { msSql } from "../sql-text.ts";
import { ModelRoleError, type ModelRow, type ModelStore, type NewModel } from "./model-store.ts";

const COLUMNS = `model_version, kind, state, reason, ${msSql("trained_from")} as trained_from_ms, ${msSql("trained_to")} as trained_to_ms,
  seed, code_version, roads_n, verdict, margins, ${msSql("created_at")} as created_ms, ${msSql("promoted_at")} as promoted_ms,
  ${msSql("ended_at")} as ended_ms, sha256, bytes, artefact is not null as kept`;

/** A file of the largest model, over a slow network. */
const FILE_MS_MAX = minutes(2);

export function openPostgresModels({ url }: { url: string }): ModelStore {
  const reader = new Reader(() =>
    openSql(url, { max: 2, application_name: "arterial-models", statement_timeout_ms: FILE_MS_MAX }),
  );
  /** Not repeated after a lost answer, and one after another over all processes. */
  const inTurn = <T>(
    what: string,
    work: (tx: TransactionSql) => Promise<T>,
    deadline_ms?: number,
  ): Promise<T> =>
    reader.use(
      what,
      (sql) =>
        sql.begin(async (tx) => {
          await tx`select pg_advisory_xact_lock(hashtextextended('arterial models', 0))`;
          return work(tx);
        }) as Promise<T>,
      deadline_ms,
    );

  return {
    save: (model, artefact) =>
      inTurn(
        `keep the model ${model.model_version}`,
        async (tx) => {
          const there = await oneOf(tx, model.model_version);
          if (there !== null) return there;
          const [champion] = await tx`select 1 from models where state = 'champion'`;
          const state = model.state === "champion" && champion !== undefined ? "challenger" : model.state;
          if (state === "challenger")
            await tx`update models set state = 'rejected', ended_at = clock_timestamp(),
                reason = ${`${model.model_version} took its place before it was judged`}
              where state = 'challenger'`;
          await insert(tx, { ...model, state }, artefact);
          await dropOld(tx);
          return (await oneOf(tx, model.model_version))!;
        },
        FILE_MS_MAX,
      ),

    async roles() {
      const rows = await reader.rows<ModelRow>(
        "read who is champion",
        `select ${COLUMNS} from models where state in ('champion', 'challenger')`,
      );
      const who = (state: string): ModelRow | null => rows.find((row) => row.state === state) ?? null;
      return { champion: who("champion"), challenger: who("challenger") };
    },

    async artefact(model_version) {
      const [row] = await reader.use(
        `read the file of ${model_version}`,
        (sql) =>
          sql<
            { artefact: Uint8Array | null }[]
          >`select artefact from models where model_version = ${model_version}`,
        FILE_MS_MAX,
      );
      // What the driver gives is a view of its own kind, whose slices are no copies.
      const bytes = row?.artefact ?? null;
      return bytes === null ? null : new Uint8Array(bytes);
    },

    promote: (model_version, reason) =>
      inTurn(`promote ${model_version}`, async (tx) => {
        const [it] =
          await tx`select 1 from models where model_version = ${model_version} and state = 'challenger'`;
        if (it === undefined) return false;
        await tx`update models set state = 'retired', ended_at = clock_timestamp(), reason = ${`${model_version} took its place`}
          where state = 'champion'`;
        await tx`update models set state = 'champion', promoted_at = clock_timestamp(), reason = ${reason}
          where model_version = ${model_version}`;
        await dropOld(tx);
        return true;
      }),

    reject: (model_version, reason) =>
      inTurn(`reject ${model_version}`, async (tx) => {
        const { count } =
          await tx`update models set state = 'rejected', ended_at = clock_timestamp(), reason = ${reason}
          where model_version = ${model_version} and state = 'challenger'`;
        await dropOld(tx);
        return count > 0;
      }),

    rollBack: (reason) =>
      inTurn("go back to the champion before", async (tx) => {
        const [before] = await tx<{ model_version: string; kept: boolean }[]>`
          select model_version, artefact is not null as kept from models where state = 'retired'
          order by ended_at desc, model_version limit 1`;
        if (before === undefined)
          throw new ModelRoleError("Cannot go back: no other model was champion before this one");
        if (!before.kept)
          throw new ModelRoleError(`Cannot go back to ${before.model_version}: its file is gone`);
        await tx`update models set state = 'rejected', ended_at = clock_timestamp(), reason = ${reason}
          where state = 'champion'`;
        await tx`update models set state = 'champion', promoted_at = clock_timestamp(), ended_at = null, reason = ${reason}
          where model_version = ${before.model_version}`;
        await dropOld(tx);
        return (await oneOf(tx, before.model_version))!;
      }),

    async setMargins(model_version, margins) {
      const rows = await reader.rows(
        `write margins of ${model_version}`,
        "update models set margins = $2::text::jsonb where model_version = $1 returning 1 as written",
        [model_version, margins === null ? null : JSON.stringify(margins)],
      );
      return rows.length > 0;
    },

    async one(model_version) {
      const [row] = await reader.rows<ModelRow>(
        `read what is known of ${model_version}`,
        `select ${COLUMNS} from models where model_version = $1`,
        [model_version],
      );
      return row ?? null;
    },

    list: (limit) =>
      reader.rows<ModelRow>(
        "list the models",
        `select ${COLUMNS} from models order by created_at desc, model_version limit $1`,
        [Math.min(limit, limits.models_told_max)],
      ),

    close: () => reader.close(),
  };
}

async function oneOf(tx: TransactionSql, model_version: string): Promise<ModelRow | null> {
  const [row] = await tx.unsafe<ModelRow[]>(`select ${COLUMNS} from models where model_version = $1`, [
    model_version,
  ]);
  return row ?? null;
}

async function insert(tx: TransactionSql, model: NewModel, artefact: Uint8Array): Promise<void> {
  const { verdict, margins } = model;
  await tx.unsafe(
    `insert into models (model_version, kind, state, reason, trained_from, trained_to, seed, code_version, roads_n, verdict, margins,
       sha256, bytes, artefact, promoted_at, ended_at)
     values ($1, $2, $3, $4, to_timestamp($5::float8 / 1000), to_timestamp($6::float8 / 1000), $7, $8, $9, $10::text::jsonb, $11::text::jsonb,
       $12, $13, $14::bytea, case when $3 = 'champion' then clock_timestamp() end, case when $3 = 'rejected' then clock_timestamp() end)`,
    [
      model.model_version,
      model.kind,
      model.state,
      model.reason,
      model.trained_from_ms,
      model.trained_to_ms,
      model.seed,
      model.code_version,
      model.roads_n,
      verdict === null ? null : JSON.stringify(verdict),
      margins === null ? null : JSON.stringify(margins),
      createHash("sha256").update(artefact).digest("hex"),
      artefact.byteLength,
      Buffer.from(artefact.buffer, artefact.byteOffset, artefact.byteLength),
    ],
  );
}

/** Of each state that has ended, the newest keep their files. */
async function dropOld(tx: TransactionSql): Promise<void> {
  await tx`update models set artefact = null where artefact is not null and model_version in (
    select model_version from (
      select model_version, row_number() over (partition by state order by ended_at desc, model_version) as place
      from models where state in ('retired', 'rejected')) o
    where place > ${limits.models_kept})`;
}
