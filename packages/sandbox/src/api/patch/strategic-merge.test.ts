import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messageOf } from '../protobuf/messages.js';
import type { JsonObject } from './json.js';
import { orderMerged } from './list-order.js';
import { strategicMerge } from './strategic-merge.js';

function merge(kind: string, target: JsonObject, patch: JsonObject): JsonObject {
  const message = messageOf(kind === 'Deployment' ? 'apps/v1' : 'v1', kind);
  expect(message).toBeDefined();
  return strategicMerge(target, patch, message);
}

/** Merges the spec of a pod. */
function mergePod(target: JsonObject, patch: JsonObject): unknown {
  return merge('Pod', { spec: target }, { spec: patch }).spec;
}

describe('strategicMerge', () => {
  it('merges containers by name and their environment by name', () => {
    const target = {
      containers: [
        { name: 'a', image: 'x:1', env: [{ name: 'K', value: '1' }] },
        { name: 'b', image: 'y:1' },
      ],
    };
    const patch = {
      containers: [
        { name: 'b', image: 'y:2' },
        { name: 'a', env: [{ name: 'L', value: '2' }] },
      ],
    };
    expect(mergePod(target, patch)).toEqual({
      containers: [
        { name: 'b', image: 'y:2' },
        {
          name: 'a',
          image: 'x:1',
          env: [
            { name: 'L', value: '2' },
            { name: 'K', value: '1' },
          ],
        },
      ],
    });
  });

  it('merges ports by containerPort in pods and by port in Services', () => {
    const pod = { containers: [{ name: 'a', ports: [{ containerPort: 80, name: 'http' }] }] };
    expect(
      mergePod(pod, { containers: [{ name: 'a', ports: [{ containerPort: 80, protocol: 'TCP' }] }] }),
    ).toEqual({
      containers: [{ name: 'a', ports: [{ containerPort: 80, name: 'http', protocol: 'TCP' }] }],
    });
    const service = { spec: { ports: [{ port: 80, name: 'http' }, { port: 81 }] } };
    expect(merge('Service', service, { spec: { ports: [{ port: 80, targetPort: 8080 }] } })).toEqual({
      spec: { ports: [{ port: 80, name: 'http', targetPort: 8080 }, { port: 81 }] },
    });
  });

  it('replaces lists without a merge key: arguments, tolerations, the endpoints of a slice', () => {
    const target = { containers: [{ name: 'a', args: ['1', '2'] }], tolerations: [{ key: 'x' }] };
    expect(
      mergePod(target, { containers: [{ name: 'a', args: ['3'] }], tolerations: [{ key: 'y' }] }),
    ).toEqual({
      containers: [{ name: 'a', args: ['3'] }],
      tolerations: [{ key: 'y' }],
    });
    const slice = messageOf('discovery.k8s.io/v1', 'EndpointSlice');
    const endpoints = [{ addresses: ['10.0.0.2'] }];
    expect(strategicMerge({ endpoints: [{ addresses: ['10.0.0.1'] }] }, { endpoints }, slice)).toEqual({
      endpoints,
    });
  });

  it('deletes and replaces on $patch', () => {
    const target = { containers: [{ name: 'a' }, { name: 'b' }], nodeSelector: { x: '1', y: '2' } };
    expect(mergePod(target, { containers: [{ name: 'a', $patch: 'delete' }] })).toMatchObject({
      containers: [{ name: 'b' }],
    });
    expect(mergePod(target, { containers: [{ name: 'c' }, { $patch: 'replace' }] })).toMatchObject({
      containers: [{ name: 'c' }],
    });
    expect(mergePod(target, { nodeSelector: { $patch: 'replace', z: '3' } })).toMatchObject({
      nodeSelector: { z: '3' },
    });
    expect(mergePod(target, { nodeSelector: { $patch: 'delete' } })).not.toHaveProperty('nodeSelector');
  });

  it('keeps only the keys of $retainKeys, as a change of strategy or volume needs', () => {
    const target = { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } };
    const strategy = { $retainKeys: ['type'], type: 'Recreate' };
    expect(merge('Deployment', target, { spec: { strategy } })).toEqual({
      spec: { strategy: { type: 'Recreate' } },
    });
    const volumes = { volumes: [{ name: 'v', emptyDir: {} }] };
    const patch = { volumes: [{ $retainKeys: ['name', 'secret'], name: 'v', secret: { secretName: 's' } }] };
    expect(mergePod(volumes, patch)).toEqual({ volumes: [{ name: 'v', secret: { secretName: 's' } }] });
  });

  it('treats finalizers as a set', () => {
    const target = { metadata: { finalizers: ['a/a', 'b/b'] } };
    expect(merge('Pod', target, { metadata: { finalizers: ['b/b', 'c/c'] } })).toEqual({
      metadata: { finalizers: ['a/a', 'b/b', 'c/c'] },
    });
    const removal = { metadata: { '$deleteFromPrimitiveList/finalizers': ['a/a'] } };
    expect(merge('Pod', target, removal)).toEqual({ metadata: { finalizers: ['b/b'] } });
  });

  it('orders by $setElementOrder, also when the list itself does not change', () => {
    const target = { containers: [{ name: 'a' }, { name: 'b' }, { name: 'own' }] };
    const order = [{ name: 'b' }, { name: 'a' }];
    expect(mergePod(target, { '$setElementOrder/containers': order })).toEqual({
      containers: [{ name: 'b' }, { name: 'a' }, { name: 'own' }],
    });
    const patch = {
      '$setElementOrder/containers': [{ name: 'c' }, { name: 'a' }],
      containers: [{ name: 'c' }],
    };
    expect(mergePod(target, patch)).toEqual({
      containers: [{ name: 'c' }, { name: 'a' }, { name: 'b' }, { name: 'own' }],
    });
  });

  it('leaves nulls and directives out of what was not there before', () => {
    const patch = {
      containers: [{ name: 'a', image: null, '$setElementOrder/env': [{ name: 'K' }], env: [{ name: 'K' }] }],
      tolerations: [{ $patch: 'delete', key: 'x' }],
    };
    expect(mergePod({}, patch)).toEqual({
      containers: [{ name: 'a', env: [{ name: 'K' }] }],
      tolerations: [],
    });
  });

  it.each([
    [{ containers: [{ image: 'x' }] }, 'map: {"image":"x"} does not contain declared merge key: name'],
    [{ containers: ['x'] }, 'containers: expected an object in the list, got "x"'],
    [
      { containers: [{ name: 'a', $patch: 'drop' }] },
      'unknown patch type: drop: accepted are "delete", "merge" and "replace"',
    ],
    [
      { nodeSelector: { $patch: 'drop' } },
      'unknown patch type: drop: accepted are "delete", "merge" and "replace"',
    ],
    [{ securityContext: { $retainKeys: ['a'], b: 1 } }, 'invalid patch format of retainKeys'],
    [{ '$setElementOrder/containers': 'a' }, 'invalid patch format of setElementOrder list'],
    [
      { '$setElementOrder/containers': [{ name: 'a' }], containers: [{ name: 'b' }] },
      'The order in patch list:\n["b"]\n doesn\'t match $setElementOrder list:\n[{"name":"a"}]\n',
    ],
  ])('refuses %j', (patch, message) => {
    expect(() => mergePod({ containers: [{ name: 'a' }] }, patch)).toThrow(message);
  });

  it('changes neither argument', () => {
    const target = Object.freeze({ metadata: Object.freeze({ finalizers: Object.freeze(['a/a']) }) });
    const patch = Object.freeze({
      metadata: Object.freeze({ finalizers: Object.freeze(['b/b']), labels: null }),
    });
    expect(merge('Pod', target, patch)).toEqual({ metadata: { finalizers: ['b/b', 'a/a'] } });
  });
});

describe('orderMerged', () => {
  const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'));

  it('keeps every item, the order of the patch and the old order of all others', () => {
    fc.assert(
      fc.property(names, names, (oldOrder, patchOrder) => {
        const merged = [...new Set([...oldOrder, ...patchOrder])];
        const result = orderMerged(merged, patchOrder, { oldOrder, identityOf: (item) => item });
        expect(result.toSorted()).toEqual(merged.toSorted());
        expect(result.filter((item) => patchOrder.some((each) => each === item))).toEqual(patchOrder);
        const others = oldOrder.filter((item) => !patchOrder.includes(item));
        expect(result.filter((item) => !patchOrder.some((each) => each === item))).toEqual(others);
      }),
    );
  });

  it('changes nothing when the patch keeps the old order', () => {
    fc.assert(
      fc.property(names, fc.func(fc.boolean()), (oldOrder, chosen) => {
        const patchOrder = oldOrder.filter((name) => chosen(name));
        expect(orderMerged(oldOrder, patchOrder, { oldOrder, identityOf: (item) => item })).toEqual(oldOrder);
      }),
    );
  });
});
