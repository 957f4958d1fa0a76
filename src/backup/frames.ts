/**
 * The file of a backup: zstd frames one after the other, so that `zstd -d` reads any part of it that the manifest names.
 * Between them stand skippable frames (RFC 8878 §3.1.2) of ours: at the beginning what it is, before each frame its length,
 * at the end the manifest and where it lies. `docs/backup.md` has the layout.
 */
import { createHash } from "node:crypto";

const SKIPPABLE = 0x184d2a50;
/** Kind 0 to 15 of a skippable frame: which of ours it is. */
export const KIND = { label: 0, length: 1, end: 2 } as const;

export const LABEL = Buffer.from("Arterial backup 1\n");
/** Bytes of a table that are packed together. */
export const BLOCK_BYTES = 1024 * 1024;
/** A row may be longer than a block; nothing that we wrote is longer than this. */
export const BLOCK_BYTES_MAX = 64 * 1024 * 1024;

/** Head of a skippable frame (8 bytes) with its payload. */
export function skippable(kind: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(SKIPPABLE + kind, 0);
  head.writeUInt32LE(payload.length, 4);
  return Buffer.concat([head, payload]);
}

/** Reads the head of a skippable frame. @returns null where there is none of this kind and length. */
export function isSkippable(head: Buffer, kind: number, length: number): boolean {
  return head.length >= 8 && head.readUInt32LE(0) === SKIPPABLE + kind && head.readUInt32LE(4) === length;
}

/** Bytes before each frame: a skippable frame with the length of the next. */
export const LENGTH_BYTES = 12;

export function lengthFrame(bytes: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32LE(bytes);
  return skippable(KIND.length, payload);
}

/** Where the manifest's frame lies, and the SHA-256 of its text: the last bytes of the file. */
export const END_BYTES = 8 + 8 + 4 + 32;

export interface End {
  offset: number;
  bytes: number;
  sha256: Buffer;
}

export function endFrame({ offset, bytes, sha256 }: End): Buffer {
  const payload = Buffer.alloc(12);
  payload.writeBigUInt64LE(BigInt(offset), 0);
  payload.writeUInt32LE(bytes, 8);
  return skippable(KIND.end, Buffer.concat([payload, sha256]));
}

/** @returns null if these are not the last bytes of a whole backup. */
export function readEnd(bytes: Buffer): End | null {
  if (bytes.length !== END_BYTES || !isSkippable(bytes, KIND.end, END_BYTES - 8)) return null;
  const offset = bytes.readBigUInt64LE(8);
  if (offset > BigInt(Number.MAX_SAFE_INTEGER)) return null;
  return { offset: Number(offset), bytes: bytes.readUInt32LE(16), sha256: bytes.subarray(20) };
}

export const sha256Of = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();

/** Off the loop: a block of a megabyte takes some ms. */
export const pack = async (bytes: Uint8Array<ArrayBuffer>): Promise<Buffer> =>
  Buffer.from(await Bun.zstdCompress(bytes, { level: 3 }));

export const unpack = async (bytes: Uint8Array<ArrayBuffer>): Promise<Buffer> =>
  Buffer.from(await Bun.zstdDecompress(bytes));
