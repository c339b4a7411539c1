import { expect, it } from 'vitest';
import type { ContainerRunner } from '../container.js';
import type { Pod } from '../pod.js';
import { runningContainers } from './running-containers.js';

const startedAt = '2026-01-31T10:00:00Z';

function pod(name: string): Pod {
  const fields = { metadata: { name, namespace: 'shop' }, spec: { containers: [{ name: 'main' }] } };
  // Only these fields are read.
  return fields as unknown as Pod;
}

function runner(pid: number | undefined): ContainerRunner {
  const fields = {
    current: pid === undefined ? undefined : { pid },
    status: { state: { running: { startedAt } } },
  };
  // Only these fields are read.
  return fields as unknown as ContainerRunner;
}

it('measures containers that are processes, and not functions of the process of the sandbox', () => {
  const pods = [7, process.pid, undefined].map((pid, n) => ({
    pod: pod(`pod-${n}`),
    container: () => runner(pid),
  }));
  expect(runningContainers(pods)).toEqual([
    { namespace: 'shop', pod: 'pod-0', name: 'main', pid: 7, startedAtMs: Date.parse(startedAt) },
  ]);
});
