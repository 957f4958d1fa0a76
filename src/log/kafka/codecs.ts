/** The codecs of Kafka's batches. What they give is bounded: a small batch may hold a bomb. */
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { limits } from "../../core/limits.ts";
import { unpackLz4Frame, unpackSnappy } from "./unpack.ts";

const NAMES = ["none", "gzip", "snappy", "lz4", "zstd"] as const;

/** Snappy as Java writes it: blocks in a frame of its own. */
const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);

export const codecName = (codec: number): string => NAMES[codec] ?? `codec ${codec}`;

/** @throws {Error} if the bytes are not what the codec writes, or are more than `limits.kafka_batch_bytes_max` once unpacked. */
export function unpack(codec: number, bytes: Buffer): Buffer {
  const max = limits.kafka_batch_bytes_max;
  switch (codecName(codec)) {
    case "none":
      return bytes;
    case "gzip":
      return gunzipSync(bytes, { maxOutputLength: max });
    case "zstd":
      return zstdDecompressSync(bytes, { maxOutputLength: max });
    case "lz4":
      return unpackLz4Frame(bytes, max);
    case "snappy":
      return bytes.subarray(0, 8).equals(XERIAL) ? unpackXerial(bytes, max) : unpackSnappy(bytes, max);
    default:
      throw new Error(`no such codec: ${codec}`);
  }
}

function unpackXerial(bytes: Buffer, max: number): Buffer {
  const blocks: Buffer[] = [];
  let total = 0;
  for (let at = 16; at < bytes.length;) {
    const length = bytes.readInt32BE(at);
    at += 4;
    if (length < 0 || at + length > bytes.length) throw new Error("a snappy block is cut off");
    const block = unpackSnappy(bytes.subarray(at, at + length), max - total);
    blocks.push(block);
    total += block.length;
    at += length;
  }
  return blocks.length === 1 ? blocks[0]! : Buffer.concat(blocks, total);
}
