import { ApiStatus } from '../status.js';

/** One field as it stands on the wire: a number (varint or fixed) or bytes. */
export interface WireField {
  readonly number: number;
  readonly value: bigint | Buffer;
}

const MAX_VARINT_BYTES = 10;

/** Reads the fields of one message in order; a truncated or malformed message is refused with 400. */
export function* readFields(bytes: Buffer): Generator<WireField> {
  let at = 0;
  const varint = (): bigint => {
    let result = 0n;
    for (let index = 0; index < MAX_VARINT_BYTES; index++) {
      const byte = bytes[at++];
      if (byte === undefined) throw malformed('unexpected EOF');
      result |= BigInt(byte & 0x7f) << BigInt(7 * index);
      if (byte < 0x80) return BigInt.asUintN(64, result);
    }
    throw malformed('integer overflow');
  };
  const take = (length: number): Buffer => {
    if (length > bytes.length - at) throw malformed('unexpected EOF');
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = varint();
    const number = Number(tag >> 3n);
    if (number < 1) throw malformed(`illegal tag ${number}`);
    switch (tag & 7n) {
      case 0n:
        yield { number, value: varint() };
        break;
      case 1n:
        yield { number, value: take(8).readBigUInt64LE() };
        break;
      case 2n: {
        const length = varint();
        if (length > BigInt(bytes.length)) throw malformed('unexpected EOF');
        yield { number, value: take(Number(length)) };
        break;
      }
      case 5n:
        yield { number, value: BigInt(take(4).readUInt32LE()) };
        break;
      default:
        throw malformed(`illegal wireType ${tag & 7n}`);
    }
  }
}

/** The refusal of a protobuf body. */
export function malformed(problem: string): ApiStatus {
  return new ApiStatus(400, 'BadRequest', `unable to decode the protobuf body: ${problem}`);
}
