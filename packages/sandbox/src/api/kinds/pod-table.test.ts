import { describe, expect, it } from 'vitest';
import { POD_TABLE } from './pod-table.js';
import type { ContainerStatus, PodStatus } from './pod-types.js';

const NOW = Date.parse('2024-05-06T12:00:00Z');

function cells(status: PodStatus, extra: { deleted?: boolean; init?: string[]; sidecar?: string } = {}) {
  const init = (extra.init ?? []).map((name) => ({ name, image: 'i' }));
  const sidecar = extra.sidecar ? [{ name: extra.sidecar, image: 'i', restartPolicy: 'Always' }] : [];
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'p',
      creationTimestamp: '2024-05-06T11:55:00Z',
      ...(extra.deleted ? { deletionTimestamp: '2024-05-06T12:00:00Z' } : {}),
    },
    spec: { containers: [{ name: 'a' }, { name: 'b' }], initContainers: [...init, ...sidecar] },
    status,
  };
  return POD_TABLE.cells(pod, NOW);
}

/** READY, STATUS and RESTARTS. */
function shown(...args: Parameters<typeof cells>) {
  return cells(...args).slice(1, 4);
}

const running: ContainerStatus = { name: 'a', ready: true, state: { running: {} } };
const starting: ContainerStatus = { name: 'b', state: { waiting: { reason: 'ContainerCreating' } } };
const done: ContainerStatus = { name: 'b', state: { terminated: { reason: 'Completed', exitCode: 0 } } };
const ready = [{ type: 'Ready', status: 'True' }];

describe('POD_TABLE', () => {
  it.each<[string, PodStatus, string[]]>([
    ['a new pod', { phase: 'Pending' }, ['0/2', 'Pending', '0']],
    [
      'a starting pod',
      { phase: 'Pending', containerStatuses: [running, starting] },
      ['1/2', 'ContainerCreating', '0'],
    ],
    [
      'a running pod',
      { phase: 'Running', conditions: ready, containerStatuses: [running, { ...running, name: 'b' }] },
      ['2/2', 'Running', '0'],
    ],
    [
      'one that still runs in part',
      { phase: 'Running', containerStatuses: [running, done] },
      ['1/2', 'NotReady', '0'],
    ],
    [
      'one that is ready in part',
      { phase: 'Running', conditions: ready, containerStatuses: [running, done] },
      ['1/2', 'Running', '0'],
    ],
    [
      'a finished pod',
      { phase: 'Succeeded', containerStatuses: [{ ...done, name: 'a' }, done] },
      ['0/2', 'Completed', '0'],
    ],
    [
      'a failed pod',
      { phase: 'Failed', containerStatuses: [{ name: 'a', state: { terminated: { exitCode: 3 } } }] },
      ['0/2', 'ExitCode:3', '0'],
    ],
    [
      'a killed pod',
      {
        phase: 'Failed',
        containerStatuses: [{ name: 'a', state: { terminated: { exitCode: 137, signal: 9 } } }],
      },
      ['0/2', 'Signal:9', '0'],
    ],
    ['an evicted pod', { phase: 'Failed', reason: 'Evicted' }, ['0/2', 'Evicted', '0']],
    [
      'a gated pod',
      {
        phase: 'Pending',
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }],
      },
      ['0/2', 'SchedulingGated', '0'],
    ],
    [
      'a crashing pod',
      {
        phase: 'Running',
        containerStatuses: [
          {
            name: 'a',
            restartCount: 2,
            state: { waiting: { reason: 'CrashLoopBackOff' } },
            lastState: { terminated: { exitCode: 1, finishedAt: '2024-05-06T11:57:00Z' } },
          },
        ],
      },
      ['0/2', 'CrashLoopBackOff', '2 (3m ago)'],
    ],
  ])('shows %s', (_name, status, expected) => {
    expect(shown(status)).toEqual(expected);
  });

  it('shows a pod that is being deleted as Terminating, unless it has ended', () => {
    expect(shown({ phase: 'Running', containerStatuses: [running] }, { deleted: true })[1]).toBe(
      'Terminating',
    );
    expect(shown({ phase: 'Running', reason: 'NodeLost' }, { deleted: true })[1]).toBe('Unknown');
    expect(shown({ phase: 'Succeeded' }, { deleted: true })[1]).toBe('Succeeded');
  });

  it('shows how far init containers are', () => {
    const init = (state: ContainerStatus['state']): PodStatus => ({
      phase: 'Pending',
      initContainerStatuses: [{ name: 'i', restartCount: 1, ...(state ? { state } : {}) }],
      containerStatuses: [{ name: 'a', state: { waiting: { reason: 'PodInitializing' } } }],
    });
    const one = { init: ['i', 'j'] };
    expect(shown(init({ running: {} }), one)).toEqual(['0/2', 'Init:0/2', '1']);
    expect(shown(init({ waiting: { reason: 'CrashLoopBackOff' } }), one)[1]).toBe('Init:CrashLoopBackOff');
    expect(shown(init({ terminated: { exitCode: 2 } }), one)[1]).toBe('Init:ExitCode:2');
    expect(shown(init({ terminated: { exitCode: 0 } }), one)).toEqual(['0/2', 'PodInitializing', '0']);
  });

  it('counts a started sidecar among the containers', () => {
    const status: PodStatus = {
      phase: 'Running',
      conditions: ready,
      initContainerStatuses: [
        { name: 's', started: true, ready: true, restartCount: 4, state: { running: {} } },
      ],
      containerStatuses: [running, { ...running, name: 'b' }],
    };
    expect(shown(status, { sidecar: 's' })).toEqual(['3/3', 'Running', '4']);
  });

  it('shows address, node and readiness gates with -o wide', () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', creationTimestamp: '2024-05-06T11:55:00Z' },
      spec: { nodeName: 'n1', readinessGates: [{ conditionType: 'x/y' }, { conditionType: 'x/z' }] },
      status: { podIPs: [{ ip: '127.1.1.5' }], conditions: [{ type: 'x/y', status: 'True' }] },
    };
    expect(POD_TABLE.cells(pod, NOW).slice(4)).toEqual(['5m', '127.1.1.5', 'n1', '<none>', '1/2']);
    expect(cells({ phase: 'Pending' }).slice(5)).toEqual(['<none>', '<none>', '<none>', '<none>']);
    expect(POD_TABLE.columns.filter(({ priority }) => priority === 1)).toHaveLength(4);
  });
});
