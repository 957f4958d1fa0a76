/**
 * Models of speeds as they are kept: the file, where its numbers come from, what it was judged to be, and its part. At most one is
 * champion, whose predictions are shown, and at most one challenger, whose predictions are only judged. What a verdict and margins hold
 * is the models' own affair (`src/prediction`): here they are JSON.
 */

/** A JSON object that this room does not look into. Whoever reads it checks its shape: another release may have written it. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** `retired`: was champion, and may be again. `rejected`: never became it, or was taken back from. */
export const modelStates = ["challenger", "champion", "retired", "rejected"] as const;
export type ModelState = (typeof modelStates)[number];

export interface NewModel {
  /** Unique for ever. */
  model_version: string;
  kind: string;
  /** `champion` is for where there is none; by then there may be one, and it is a challenger. */
  state: "champion" | "challenger" | "rejected";
  /** Why, for people. */
  reason: string;
  /** Half-open span of the data that it learnt from. */
  trained_from_ms: number;
  trained_to_ms: number;
  seed: number;
  /** Release that made it. */
  code_version: string;
  roads_n: number;
  verdict: JsonObject | null;
  margins: JsonObject | null;
}

export interface ModelRow extends Omit<NewModel, "state"> {
  state: ModelState;
  created_ms: number;
  /** When it became champion for the last time; null where it never did. */
  promoted_ms: number | null;
  /** When it was retired or rejected. */
  ended_ms: number | null;
  /** Of the file, hex and in bytes; also once it is gone. */
  sha256: string;
  bytes: number;
  /** Its file is still there. */
  kept: boolean;
}

export interface Roles {
  champion: ModelRow | null;
  challenger: ModelRow | null;
}

/** A change of parts that cannot be made, as a sentence. */
export class ModelRoleError extends Error {
  override name = "ModelRoleError";
}

/** Each throws {HistoryUnavailableError}; what was to be written may be written nevertheless. */
export interface ModelStore {
  /**
   * Keeps a model, in one piece. A challenger takes the place of the one before it, which is rejected. The files of older models
   * go beyond `limits.models_kept` retired and as many rejected ones; their rows stay. The same version again changes nothing.
   *
   * @returns It, as it stands.
   */
  save(model: NewModel, artefact: Uint8Array): Promise<ModelRow>;
  /** Cheap: may be asked every second. */
  roles(): Promise<Roles>;
  /** The file; null where it is gone, or there never was such a model. */
  artefact(model_version: string): Promise<Uint8Array<ArrayBuffer> | null>;
  /**
   * A challenger becomes champion, and the champion before it retires.
   *
   * @returns false where it is no challenger any more: somebody else was first.
   */
  promote(model_version: string, reason: string): Promise<boolean>;
  /** A challenger ends. @returns false where it is none any more. */
  reject(model_version: string, reason: string): Promise<boolean>;
  /**
   * The champion is rejected, and the one that retired last is champion again.
   *
   * @returns Who is champion now.
   * @throws {ModelRoleError} where nobody retired, or his file is gone.
   */
  rollBack(reason: string): Promise<ModelRow>;
  /** @returns false where there is no such model. */
  setMargins(model_version: string, margins: JsonObject | null): Promise<boolean>;
  one(model_version: string): Promise<ModelRow | null>;
  /** Newest first. */
  list(limit: number): Promise<readonly ModelRow[]>;
  close(): Promise<void>;
}
