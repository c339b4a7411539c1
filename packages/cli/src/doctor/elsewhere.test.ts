import { parseTarget } from '@fairlead/discovery';
import { type KubeClient, KubeError } from '@fairlead/discovery/kubernetes';
import { expect, it } from 'vitest';
import { missingService } from './elsewhere.js';

const denied = new KubeError(403, 'forbidden', { reason: 'Forbidden' });
const absent = new KubeError(404, 'not found', { reason: 'NotFound' });

type Looker = Pick<KubeClient, 'get' | 'list'>;

/** An API server with a Service of that name in these namespaces; an error refuses the list. */
function cluster(namespaces: readonly string[] | Error, namespace?: Error): Looker {
  const list = async () => {
    if (namespaces instanceof Error) throw namespaces;
    return {
      metadata: {},
      items: namespaces.map((each) => ({ metadata: { name: 'web', namespace: each } })),
    };
  };
  const get = async () => {
    if (namespace !== undefined) throw namespace;
    return { metadata: {} };
  };
  // What they answer is of the kind that is asked for: no type can say so.
  return { list: list as KubeClient['list'], get: get as KubeClient['get'] };
}

it.each<[string, string, Looker, string, string]>([
  [
    'where it is, with the port as it was given',
    'k8s:///web.a:grpc',
    cluster(['c', 'b']),
    'Service web in namespace a does not exist; web exists in namespaces b, c',
    'dial k8s:///web.b:grpc or k8s:///web.c:grpc, or apply the Service in a',
  ],
  [
    'no more than three places',
    'k8s:///web.a',
    cluster(['b', 'c', 'd', 'e', 'f']),
    'Service web in namespace a does not exist; web exists in namespaces b, c, d, and 2 more',
    'dial k8s:///web.b or k8s:///web.c or k8s:///web.d, or apply the Service in a',
  ],
  [
    'nothing of other namespaces where they may not be listed',
    'k8s:///web.a:80',
    cluster(denied, denied),
    'Service web in namespace a does not exist',
    'kubectl get services -n a lists what there is',
  ],
  [
    'that there is no such namespace',
    'k8s:///web.a:80',
    cluster([], absent),
    'there is no namespace a',
    'kubectl get namespaces lists what there is',
  ],
])('says %s', async (_, target, client, text, fix) => {
  expect(await missingService(client, parseTarget(target))).toEqual({ id: 'service', ok: false, text, fix });
});
