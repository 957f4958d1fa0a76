/**
 * Protocol Buffers' wire format, as much of it as a reader needs: a message is a row of (field number, value).
 * Every length is checked against what there is, so that a message cut short is one error and never half a value.
 *
 * Source: protobuf.dev, "Encoding" (wire types 0, 1, 2 and 5; groups, 3 and 4, are of proto1).
 */

/** The bytes are no such message: cut short, or something else altogether. */
export class ProtobufError extends Error {
  override name = "ProtobufError";
}

/** A value by its wire type. Which type a field should have is its reader's knowledge. */
export type WireValue =
  | { wire: "varint"; value: bigint }
  | { wire: "fixed"; bytes: DataView }
  | { wire: "bytes"; bytes: Uint8Array };

export interface WireField {
  number: number;
  value: WireValue;
}

const VARINT_BYTES_MAX = 10;

/**
 * The fields of one message, in their order. A field that is sent again replaces or joins the first: the reader's choice.
 *
 * @throws {ProtobufError} with the byte's place, where the message ends too early or is none.
 */
export function* fieldsOf(message: Uint8Array): Generator<WireField> {
  let at = 0;

  function varint(): bigint {
    let value = 0n;
    for (let i = 0; i < VARINT_BYTES_MAX; i++) {
      const byte = message[at];
      if (byte === undefined) throw cut(at, "within a number");
      at++;
      value |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new ProtobufError(`Cannot read the message: at byte ${at} a number has no end`);
  }

  function take(length: number): Uint8Array {
    if (length > message.length - at)
      throw cut(
        message.length,
        `${length} bytes are announced at byte ${at}, ${message.length - at} are there`,
      );
    const bytes = message.subarray(at, at + length);
    at += length;
    return bytes;
  }

  while (at < message.length) {
    const begin = at;
    const tag = varint();
    const number = Number(tag >> 3n);
    if (number === 0 || number > 0x1fff_ffff)
      throw new ProtobufError(`Cannot read the message: at byte ${begin} stands no field`);
    yield { number, value: valueOf(Number(tag & 7n), varint, take, begin) };
  }
}

function valueOf(
  wire: number,
  varint: () => bigint,
  take: (length: number) => Uint8Array,
  begin: number,
): WireValue {
  switch (wire) {
    case 0:
      return { wire: "varint", value: varint() };
    case 1:
      return { wire: "fixed", bytes: viewOf(take(8)) };
    case 2:
      return { wire: "bytes", bytes: take(Number(varint())) };
    case 5:
      return { wire: "fixed", bytes: viewOf(take(4)) };
    default:
      throw new ProtobufError(`Cannot read the message: at byte ${begin} stands wire type ${wire}`);
  }
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const cut = (at: number, what: string): ProtobufError =>
  new ProtobufError(`Cannot read the message: it ends too early at byte ${at} (${what})`);

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** @throws {ProtobufError} when the value has another type than the field's. */
export function messageOf({ number, value }: WireField): Uint8Array {
  if (value.wire === "bytes") return value.bytes;
  throw mismatch(number, "bytes", value);
}

/** @throws {ProtobufError} also when it is no UTF-8. */
export function textOf(field: WireField): string {
  try {
    return utf8.decode(messageOf(field));
  } catch (error) {
    if (error instanceof ProtobufError) throw error;
    throw new ProtobufError(`Cannot read the message: field ${field.number} is no UTF-8`, { cause: error });
  }
}

/** An unsigned number. Above 2^53 it is not exact: none of ours comes near. */
export function uintOf({ number, value }: WireField): number {
  if (value.wire === "varint") return Number(value.value);
  throw mismatch(number, "a whole number", value);
}

/** A float or a double. */
export function floatOf({ number, value }: WireField): number {
  if (value.wire !== "fixed") throw mismatch(number, "a float", value);
  return value.bytes.byteLength === 8 ? value.bytes.getFloat64(0, true) : value.bytes.getFloat32(0, true);
}

const mismatch = (number: number, wanted: string, value: WireValue): ProtobufError =>
  new ProtobufError(`Cannot read the message: field ${number} must be ${wanted}, but it is ${value.wire}`);
