import type { ContainerRunner } from '../container.js';
import type { Pod } from '../pod.js';
import type { MeasuredContainer } from './usage-meter.js';

/** A pod whose containers are to be measured. */
interface MeasuredPod {
  readonly pod: Pod;
  container(name: string): Pick<ContainerRunner, 'current' | 'status'> | undefined;
}

/**
 * Every container of the pods that runs now as processes. What a function in the sandbox's own process uses cannot be
 * told from what the sandbox and all its pods do.
 */
export function runningContainers(pods: Iterable<MeasuredPod>): MeasuredContainer[] {
  return [...pods].flatMap((worker) => {
    const { metadata, spec } = worker.pod;
    return [...(spec.initContainers ?? []), ...spec.containers].flatMap(({ name }) => {
      const runner = worker.container(name);
      const pid = runner?.current?.pid;
      const startedAtMs = Date.parse(runner?.status.state.running?.startedAt ?? '');
      if (pid === undefined || pid === process.pid || Number.isNaN(startedAtMs)) return [];
      return [{ namespace: metadata.namespace, pod: metadata.name, name, pid, startedAtMs }];
    });
  });
}
