/** `DiscoveryRequest` for the endpoints of one name, as small as a client's: names, type, nonce. */
const TYPE = 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment';
/** Of gRPC's frame: one byte of flags, four of length. */
const HEADER_BYTES = 5;
/** `nonce`, field 5, is the last of a response. */
const NONCE_TAG = 0x2a;

export const ADS_PATH = '/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources';

function textField(number: number, text: string): Buffer {
  return Buffer.concat([Buffer.from([number * 8 + 2, text.length]), Buffer.from(text)]);
}

/** A message with gRPC's header. */
export function framed(message: Uint8Array): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(message.length, 1);
  return Buffer.concat([header, message]);
}

/** A request for the endpoints of a name; with a nonce it answers a response. */
export function endpointsRequest(name: string, nonce = ''): Buffer {
  const answer = nonce === '' ? [] : [textField(5, nonce)];
  return framed(Buffer.concat([textField(3, name), textField(4, TYPE), ...answer]));
}

/** The nonce at the end of a response; its digits are one to nine. */
export function nonceOf(message: Buffer): string {
  const tail = message.subarray(-11);
  for (let at = tail.length - 3; at >= 0; at--) {
    if (tail[at] === NONCE_TAG && tail[at + 1] === tail.length - at - 2)
      return tail.toString('latin1', at + 2);
  }
  throw new Error('a response does not end with a nonce');
}

/** Cuts a stream of bytes into messages. Calls back with each whole one, without gRPC's header. */
export function messageReader(onMessage: (message: Buffer) => void): (chunk: Buffer) => void {
  let held: Buffer[] = [];
  let length = 0;
  return (chunk) => {
    held.push(chunk);
    length += chunk.length;
    for (;;) {
      if (length < HEADER_BYTES) return;
      const [first = chunk] = held.length === 1 ? held : [Buffer.concat(held)];
      held = [first];
      const end = HEADER_BYTES + first.readUInt32BE(1);
      if (length < end) return;
      held = [first.subarray(end)];
      length -= end;
      onMessage(first.subarray(HEADER_BYTES, end));
    }
  };
}
