/** A fault of a client, or what it does otherwise than all others. */
export interface Fault {
  readonly client: string;
  readonly what: string;
  /** How it was seen: a scenario of the page, or a server that sends what it is told to and these versions. */
  readonly evidence: string;
  readonly remedy: string;
}

/** What users of these clients meet with any control plane, and what this one does about it. */
export const FAULTS: readonly Fault[] = [
  {
    client: 'java',
    what: 'since 1.76 it keeps the endpoints that it has when it is told that there are none',
    evidence:
      '“no endpoints, said plainly” below; 1.75 failed at once. `CdsLoadBalancer2` takes an empty list for a failed resolution, and its child goes on',
    remedy: 'is sent one endpoint that refuses connections instead (“to zero and back”)',
  },
  {
    client: 'node',
    what: 'ends the process on an outlier detection without `success_rate_minimum_hosts`',
    evidence: `\`TypeError: Reduce of empty array\` in \`runSuccessRateCheck\` after the first interval`,
    remedy: 'outlier detection is not sent',
  },
  {
    client: 'node',
    what: 'accepts a route with a regular expression that is none, and then ends the process',
    evidence: `\`SyntaxError: Invalid regular expression\``,
    remedy: 'no regular expressions are sent',
  },
  {
    client: 'node',
    what: 'a listener or cluster that was deleted and is sent again as it was stays deleted',
    evidence: `calls failed on until something in it had changed`,
    remedy: 'nothing is ever deleted; `ignore_resource_deletion` is in the bootstrap',
  },
  {
    client: 'node',
    what: 'calls hang until their deadline while a name has no listener, where all others fail them after 15 s',
    evidence: `“waiting for name resolution” for longer than 33 s`,
    remedy: 'set deadlines',
  },
  {
    client: 'node',
    what: 'the wait before a new stream grows when streams end soon after they began, even if each was answered',
    evidence: `0.7, 1.9, 3.7, 5.2, 9.5 s`,
    remedy: 'streams are ended only when the control plane ends',
  },
  {
    client: 'node',
    what: 'does not use the second server of its bootstrap',
    evidence: 'calls hung with a first server that refused connections and a second that served',
    remedy: 'replicas stand behind one address (“a second replica takes over”)',
  },
  {
    client: 'go',
    what: 'accepts an endpoint whose address is a host name, and asks DNS at each dial',
    evidence: '“a host name as an address” below',
    remedy: 'such an endpoint is left out',
  },
  {
    client: 'go, python, java',
    what: 'connect at once to every endpoint of every cluster that their routes name',
    evidence: `10,000 connections for 100 clusters of 100 endpoints on one route table`,
    remedy: 'one route table per target, with its own cluster only',
  },
  {
    client: 'all but python',
    what: 'after the control plane was away for 40 s, may look for it again only half a minute after its return; java once more than a minute after it',
    evidence: '“control plane away for 40 s” below',
    remedy: 'two replicas behind one address: then nobody waits',
  },
  {
    client: 'java',
    what: 'reads none of the files that its bootstrap names for `tls` (gRFC A65), and no `call_creds` (A97)',
    evidence: '`TlsXdsCredentialsProvider` makes default credentials whatever the bootstrap says',
    remedy: 'the application brings a provider of its own: [Java with TLS](xds.md#java-with-tls)',
  },
  {
    client: 'envoy',
    what: 'uses all endpoints, healthy or not, when less than half are healthy',
    evidence: 'with 3 of 4 endpoints UNHEALTHY all 4 were called',
    remedy: 'endpoints that are not usable are left out, not marked',
  },
  {
    client: 'envoy',
    what: 'refuses `wrr_locality` with `round_robin` below it, which gRPC’s own documents recommend',
    evidence: `“Currently WrrLocalityLoadBalancer only supports ClientSideWeightedRoundRobinLoadBalancer”`,
    remedy: 'the old field `lb_policy: ROUND_ROBIN` is sent, which all accept',
  },
];
