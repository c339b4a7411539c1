/** Names of `HealthCheckResponse.ServingStatus`, by number. */
const STATUSES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];

/** A `HealthCheckRequest{service = 1}` in its gRPC frame. */
export function healthRequest(service: string): Buffer {
  const name = Buffer.from(service);
  if (name.length > 127) throw new Error(`grpc.service "${service}": accepted are up to 127 bytes`);
  const message =
    name.length === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.from([0x0a, name.length]), name]);
  const frame = Buffer.alloc(5);
  frame.writeUInt32BE(message.length, 1);
  return Buffer.concat([frame, message]);
}

/**
 * The status of a framed `HealthCheckResponse{status = 1}`. An absent field is the enum's zero; bytes that are not
 * such a message are UNKNOWN.
 */
export function healthStatus(body: Buffer): string {
  if (body.length < 5 || body[0] !== 0) return 'UNKNOWN';
  const message = body.subarray(5, 5 + body.readUInt32BE(1));
  return message.length >= 2 && message[0] === 0x08 ? (STATUSES[message[1]!] ?? 'UNKNOWN') : 'UNKNOWN';
}
