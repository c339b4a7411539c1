import type { KubeObject } from '@fairlead/discovery/kubernetes';
import type { TestCluster } from '@fairlead/sandbox/testing';
import { waitFor } from '#commands/wait.js';
import type { PartContext } from '../part.js';
import type { ControlPlane } from './control-plane.js';

const NAMESPACE = 'nodes';
const PODS = { group: '', version: 'v1', resource: 'pods' };
const TIMEOUT_MS = 60_000;

/** A pod with what the API server and its admission add to one, a config volume, and a command that ends. */
const MANIFEST = `
apiVersion: v1
kind: Namespace
metadata: {name: ${NAMESPACE}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: words, namespace: ${NAMESPACE}}
data: {greeting: hello}
---
apiVersion: v1
kind: Pod
metadata: {name: once, namespace: ${NAMESPACE}}
spec:
  restartPolicy: Never
  containers:
    - name: shell
      image: fairlead/echo
      command: [sh, -c]
      args: ['echo "$GREETING from $(cat "$POD_ROOT/words/greeting")"; test -s "$POD_ROOT/var/run/secrets/kubernetes.io/serviceaccount/token"']
      env: [{name: GREETING, valueFrom: {configMapKeyRef: {name: words, key: greeting}}}]
      volumeMounts: [{name: words, mountPath: /words}]
  volumes: [{name: words, configMap: {name: words}}]
`;

/** What the real scheduler, kubelet client and controllers see of our nodes. */
export async function judgeNodes(
  plane: ControlPlane,
  cluster: TestCluster,
  { report, signal }: PartContext,
): Promise<void> {
  await cluster.apply(MANIFEST);
  let status: Readonly<Record<string, unknown>> = {};
  const ended = async (): Promise<boolean> => {
    const pod = await plane.client.get<KubeObject>(PODS, 'once', { namespace: NAMESPACE });
    status = pod.status as typeof status;
    return status.phase === 'Succeeded' || status.phase === 'Failed';
  };
  await waitFor('the pod has ended', ended, { timeoutMs: TIMEOUT_MS, signal }).catch(() => {});
  report({
    case: 'node agent: a pod with config, projected account token and restartPolicy Never ends',
    expected: 'Succeeded',
    got: status.phase === 'Succeeded' ? 'Succeeded' : JSON.stringify(status),
  });
  const log = await plane.get(`/api/v1/namespaces/${NAMESPACE}/pods/once/log`);
  report({
    case: 'node agent: the API server fetches a log over the kubelet port',
    expected: '200 hello from hello',
    got: `${log.status} ${log.body.trim()}`,
  });
}
