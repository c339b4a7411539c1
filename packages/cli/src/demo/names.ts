/** The names in examples/quickstart/serv-ca.yaml, which the demo applies as a user would. */
export const NAMESPACE = 'nspace';
export const SERVICE = 'serv-ca';
export const VIP_SERVICE = 'serv-ca-vip';
export const DEPLOYMENT = 'serv-ca';
export const POD_LABEL = 'name=test';
export const PORT = 8088;
export const TARGET = `k8s:///${SERVICE}.${NAMESPACE}:${PORT}`;
export const DNS_NAME = `${SERVICE}.${NAMESPACE}.svc.cluster.local`;

/** `fairlead.echo.v1.Echo/Say` with the text "hi" (field 1). */
export const SAY = { path: '/fairlead.echo.v1.Echo/Say', request: Buffer.from([0x0a, 0x02, 0x68, 0x69]) };

/** The `pod` (field 2) of a SayReply; both of its fields are strings. */
export function podOfReply(reply: Buffer): string | undefined {
  for (let at = 0; at + 1 < reply.length; at += 2 + reply[at + 1]!) {
    if (reply[at] === 0x12) return reply.subarray(at + 2, at + 2 + reply[at + 1]!).toString();
  }
  return undefined;
}
