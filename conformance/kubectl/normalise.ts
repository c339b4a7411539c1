/** What differs between two clusters that are otherwise the same; each rule takes one such thing out. */
const RULES: readonly (readonly [RegExp, string])[] = [
  // Times, and how long ago they were.
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, 'TIME'],
  [/\b[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000/g, 'TIME'],
  [/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ \+0000/g, 'TIME'],
  [/<invalid>/g, 'AGE'],
  [/^(\d+[dhms]){1,3}(?= {2,})/gm, 'AGE'],
  [/(?<=[^:\s] {2,}|over )(\d+[dhms]){1,3}(?=\s|$|\))/gm, 'AGE'],
  [/AGE \(x\d+ over AGE\)/g, 'AGE'],
  [/^(Duration: +)\S+$/gm, '$1AGE'],
  // A slice has this only while its last write had a trigger: whether two pods make one write or two is chance.
  [/^ +annotations:\n +endpoints.kubernetes.io\/last-change-trigger-time: .*\n/gm, ''],
  [/endpoints.kubernetes.io\/last-change-trigger-time: "?TIME"?/g, '<none>'],
  // For the same reason the number of its writes.
  [/(generateName: web-\n +generation: )\d+/g, '$1N'],
  // The node authorizer may not know yet that a pod is on the node: then the kubelet asks once more.
  [/^.* FailedMount .*serviceaccounts "default" is forbidden: .*\n/gm, ''],
  // Names that the cluster makes up: the hash of a pod template, and five letters after it.
  [/\b(web|small)-[a-z0-9]{6,10}-[a-z0-9]{5}\b/g, '$1-HASH-XXXXX'],
  [/\b(web|small)-[a-z0-9]{6,10}\b/g, '$1-HASH'],
  [/\b(shard|agent)-[a-z0-9]{8,10}\b/g, '$1-HASH'],
  [/\b(tally-\d)-[a-z0-9]{5}\b/g, '$1-XXXXX'],
  [/(controller.kubernetes.io\/hash[:=] ?|controller-revision-hash[:=] ?)[a-z0-9]+/g, '$1HASH'],
  [/\b(web|headless|plain|outside|shard|agent|hopeless|patient|now)-[a-z0-9]{5}\b/g, '$1-XXXXX'],
  [/pod-template-hash([:=] ?)[a-z0-9]+/g, 'pod-template-hash$1HASH'],
  [/kube-api-access-[a-z0-9]{5}\b/g, 'kube-api-access-XXXXX'],
  // Identities and versions of objects.
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, 'UID'],
  [/(resourceVersion"?): "\d+"/g, '$1: N'],
  [/(Resource Version: +)\d+/g, '$1N'],
  // A JSON web token; the folders that `diff` makes.
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]+/g, 'TOKEN'],
  [/\/(LIVE|MERGED)-\d+\//g, '/$1/'],
  // Which node a pod runs on, and who asks.
  [/\bnode-[ab]\b/g, 'NODE'],
  [/\bzone-[ab]\b/g, 'ZONE'],
  [/\b(sandbox-)?admin\b/g, 'ADMIN'],
  [/^Context "[\w-]+"/gm, 'Context "CONTEXT"'],
  // Addresses, the ports of servers, node ports.
  [/\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(:\d+)?\b/g, 'IP'],
  [/\b3[0-2]\d{3}(?=\/TCP)/gm, 'NODEPORT'],
  [/(nodePort: )\d+/g, '$1NODEPORT'],
  [/^( +Port: )\d{5}$/gm, '$1PORT'],
  [/process:\/\/[0-9a-f]+/g, 'CONTAINER'],
  // The API of a metrics server, which the real cluster has not.
  [/^.*\bmetrics\.k8s\.io\b.*\n?/gm, ''],
  // What programs say of themselves.
  [/"(git\w+|buildDate|goVersion|compiler)": ".*"/g, '"$1": "VERSION"'],
  [/v\d+\.\d+\.\d+([-+][\w.+-]*)?/g, 'VERSION'],
  // Whether a probe met a program that did not listen yet.
  [/^.*\bUnhealthy\b.*Readiness probe failed: .*connection refused\n?/gm, ''],
  // kubectl prints where in its own memory a value stands.
  [/\b0xc[0-9a-f]{6,}\b/g, 'POINTER'],
  // A table whose first cell is empty.
  [/^ {12,}\[/gm, '            ['],
];

/** Events of the same second stand in any order. */
function sortEvents(lines: readonly string[]): string[] {
  const start = lines.findIndex((line) => /^ +---- {2}------ {2}----/.test(line)) + 1;
  if (start === 0) return [...lines];
  const length = lines.slice(start).findIndex((line) => !line.startsWith('  '));
  const end = length < 0 ? lines.length : start + length;
  return [...lines.slice(0, start), ...lines.slice(start, end).sort(), ...sortEvents(lines.slice(end))];
}

/** Text without what differs between any two clusters; runs of spaces and dashes, whose width follows the rest, are one. */
export function normalise(text: string): string {
  let result = text;
  for (const [pattern, replacement] of RULES) result = result.replace(pattern, replacement);
  const lines = result
    .split('\n')
    .map((line) => line.replace(/ {2,}/g, (run, at: number) => (at === 0 ? run : '  ')).trimEnd());
  return sortEvents(lines).join('\n').trimEnd();
}
