import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PartContext } from '../part.js';
import type { AuditFiles } from './flags.js';

/** Every request of a node, with its answer but without bodies. */
const POLICY = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived, ResponseStarted]
rules:
  - level: Metadata
    userGroups: ['system:nodes']
  - level: None
`;

/** A line of the audit log, cut to what is read. */
interface AuditEvent {
  readonly verb?: string;
  readonly user?: { readonly username?: string };
  readonly objectRef?: {
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number; readonly message?: string };
}

/** Bad request, not allowed, not acceptable: the caller is wrong. What is gone or was changed (404, 409) is not. */
const WRONG = new Set([400, 403, 405, 415, 422]);
/** Events of pods in a namespace that ends: a kubelet is refused them too. */
const ENDING_NAMESPACE = 'because it is being terminated';
/**
 * Node authorizer and NodeRestriction look into caches of their own, which may not know a binding yet that the node
 * was told of. A kubelet meets that too and asks again; it is excused when the next answer is a good one.
 */
const RACES = [
  'node requested token bound to a pod scheduled on a different node',
  'no relationship found between node',
];

const resourceOf = ({ objectRef }: AuditEvent): string =>
  [objectRef?.resource, objectRef?.subresource].filter(Boolean).join('/');

function isGoodAnswerTo(asked: AuditEvent, later: AuditEvent): boolean {
  const code = later.responseStatus?.code ?? 0;
  const same = (['namespace', 'name'] as const).every(
    (key) => asked.objectRef?.[key] === later.objectRef?.[key],
  );
  return (
    code >= 200 &&
    code < 300 &&
    same &&
    asked.verb === later.verb &&
    asked.user?.username === later.user?.username &&
    resourceOf(asked) === resourceOf(later)
  );
}

/** Writes the policy; returns the files. */
export function createAudit(folder: string): AuditFiles {
  const policy = join(folder, 'audit-policy.yaml');
  writeFileSync(policy, POLICY, { mode: 0o600 });
  return { policy, log: join(folder, 'audit.log') };
}

/** What the API server refused, each kind once; `requests` counts all. */
export function refusals(log: string): { readonly requests: number; readonly refused: readonly string[] } {
  const events = log
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AuditEvent);
  const refused = events.flatMap((event, index) => {
    const { code = 0, message = '' } = event.responseStatus ?? {};
    if (!WRONG.has(code) || message.includes(ENDING_NAMESPACE)) return [];
    const raced = RACES.some((text) => message.includes(text));
    if (raced && events.slice(index).some((later) => isGoodAnswerTo(event, later))) return [];
    return [`${event.verb} ${resourceOf(event)} ${code} ${message}`.slice(0, 300)];
  });
  return { requests: events.length, refused: [...new Set(refused)] };
}

/** Judges the node agent by the API server's own record: with the rights of a node it does nothing that is refused. */
export function judgeAudit({ log }: AuditFiles, { report }: PartContext): void {
  const { requests, refused } = refusals(readFileSync(log, 'utf8'));
  report({
    case: 'node agent: the API server refuses it nothing, by its audit log',
    expected: 'requests, none refused',
    got:
      requests === 0 ? 'no requests' : refused.length === 0 ? 'requests, none refused' : refused.join('; '),
  });
}
