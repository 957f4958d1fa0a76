/** Snappy and LZ4, read only: both are literals and copies of what was already written. */

/** Writes into a buffer of a size that is known or grows, never beyond its limit. */
class Output {
  bytes: Buffer;
  at = 0;
  readonly #max: number;

  constructor(size: number, max: number) {
    if (size > max) throw tooLarge(max);
    this.bytes = Buffer.allocUnsafe(size);
    this.#max = max;
  }

  literal(from: Buffer, start: number, length: number): void {
    if (start + length > from.length) throw new Error("the compressed bytes are cut off");
    this.#room(length);
    from.copy(this.bytes, this.at, start, start + length);
    this.at += length;
  }

  /** Copies what lies `back` bytes before; where it overlaps itself, it repeats. */
  copy(back: number, length: number): void {
    if (back === 0 || back > this.at) throw new Error("the compressed bytes point before their beginning");
    this.#room(length);
    const { bytes } = this;
    if (back >= length && length > 16) {
      bytes.copyWithin(this.at, this.at - back, this.at - back + length);
      this.at += length;
      return;
    }
    let { at } = this;
    for (const end = at + length; at < end; at++) bytes[at] = bytes[at - back]!;
    this.at = at;
  }

  done(): Buffer {
    return this.bytes.subarray(0, this.at);
  }

  #room(more: number): void {
    const wanted = this.at + more;
    if (wanted <= this.bytes.length) return;
    if (wanted > this.#max) throw tooLarge(this.#max);
    const larger = Buffer.allocUnsafe(Math.min(this.#max, Math.max(wanted, this.bytes.length * 2)));
    this.bytes.copy(larger, 0, 0, this.at);
    this.bytes = larger;
  }
}

const tooLarge = (max: number): Error => new Error(`it unpacks to more than ${max} bytes`);

/** Raw snappy. @throws {Error} if it is cut off, points outside, or is longer than `max`. */
export function unpackSnappy(from: Buffer, max: number): Buffer {
  let at = 0;
  let size = 0;
  for (let shift = 1; ; shift *= 128) {
    const byte = byteAt(from, at++);
    size += (byte & 127) * shift;
    if (byte < 128) break;
  }
  const out = new Output(size, max);
  while (at < from.length) {
    const tag = from[at++]!;
    const kind = tag & 3;
    if (kind === 0) {
      let length = tag >> 2;
      if (length >= 60) {
        const width = length - 59;
        length = 0;
        for (let n = 0; n < width; n++) length += byteAt(from, at++) * 256 ** n;
      }
      out.literal(from, at, length + 1);
      at += length + 1;
    } else if (kind === 1) {
      out.copy(((tag & 0xe0) << 3) | byteAt(from, at++), ((tag >> 2) & 7) + 4);
    } else if (kind === 2) {
      out.copy(byteAt(from, at) | (byteAt(from, at + 1) << 8), (tag >> 2) + 1);
      at += 2;
    } else {
      if (at + 4 > from.length) throw new Error("the compressed bytes are cut off");
      out.copy(from.readUInt32LE(at), (tag >> 2) + 1);
      at += 4;
    }
  }
  if (out.at !== size) throw new Error(`it unpacks to ${out.at} bytes where it says ${size}`);
  return out.done();
}

const LZ4_MAGIC = 0x184d2204;

/** An LZ4 frame; its checksums are not looked at, as the connection has its own. @throws {Error} like `unpackSnappy`. */
export function unpackLz4Frame(from: Buffer, max: number): Buffer {
  if (from.length < 7 || from.readUInt32LE(0) !== LZ4_MAGIC) throw new Error("it is no LZ4 frame");
  const flags = from[4]!;
  const block_checksum = (flags & 0x10) !== 0;
  // Magic, flags, block size, perhaps the content's size, perhaps a dictionary, header checksum.
  let at = 6 + ((flags & 0x08) !== 0 ? 8 : 0) + ((flags & 0x01) !== 0 ? 4 : 0) + 1;
  const out = new Output(Math.min(max, Math.max(1_024, from.length * 4)), max);
  for (;;) {
    if (at + 4 > from.length) throw new Error("the LZ4 frame is cut off");
    const head = from.readUInt32LE(at);
    at += 4;
    if (head === 0) return out.done();
    const length = head & 0x7fff_ffff;
    if (at + length > from.length) throw new Error("an LZ4 block is cut off");
    if (head > 0x7fff_ffff) out.literal(from, at, length);
    else unpackLz4Block(from, at, at + length, out);
    at += length + (block_checksum ? 4 : 0);
  }
}

function unpackLz4Block(from: Buffer, start: number, end: number, out: Output): void {
  let at = start;
  const longer = (length: number): number => {
    let byte = 255;
    let sum = length;
    while (byte === 255) {
      byte = byteAt(from, at++);
      sum += byte;
    }
    return sum;
  };
  while (at < end) {
    const token = from[at++]!;
    let literals = token >> 4;
    if (literals === 15) literals = longer(literals);
    if (literals > 0) out.literal(from, at, literals);
    at += literals;
    // The last sequence of a block has literals only.
    if (at >= end) return;
    const back = byteAt(from, at) | (byteAt(from, at + 1) << 8);
    at += 2;
    let length = token & 15;
    if (length === 15) length = longer(length);
    out.copy(back, length + 4);
  }
}

function byteAt(from: Buffer, at: number): number {
  if (at >= from.length) throw new Error("the compressed bytes are cut off");
  return from[at]!;
}
