import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { SandboxError } from '../errors.js';
import type { DeployOptions } from './contract.js';
import { GATE } from './pods.js';

const refuse = (message: string): never => {
  throw new SandboxError('OPTION_INVALID', `deploy(): ${message}`);
};

/** The argv of `run`. Throws OPTION_INVALID for a script that is not there. */
export function argvOf(run: string | readonly string[]): readonly string[] {
  if (typeof run !== 'string') return run.length > 0 ? run : refuse('run []: an argv begins with a program');
  const path = resolve(run);
  return existsSync(path) ? [process.execPath, path] : refuse(`run "${run}": there is no file ${path}`);
}

/** Throws OPTION_INVALID for options that contradict each other or that the API would not understand. */
export function checkOptions({ image, run, serve, replicas = 1, port = 8088 }: DeployOptions): void {
  const given = Object.entries({ image, run, serve }).filter(([, value]) => value !== undefined);
  if (given.length > 1)
    refuse(`${given.map(([name]) => name).join(' and ')}: one of image, run and serve is accepted`);
  if (!Number.isInteger(replicas) || replicas < 0)
    refuse(`replicas ${replicas}: a whole number from 0 on is accepted`);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    refuse(`port ${port}: a whole number from 1 to 65535 is accepted`);
}

/** How a test's pods are called: what their container runs. */
export interface Program {
  readonly image: string;
  readonly command?: readonly string[];
}

const probeOf = (probe: 'tcp' | 'grpc', port: number): object => ({
  ...(probe === 'grpc' ? { grpc: { port } } : { tcpSocket: { port } }),
  periodSeconds: 1,
  timeoutSeconds: 5,
});

/** Deployment and Service, as one JSON manifest. */
export function manifestOf(options: DeployOptions, program: Program): string {
  const { name, namespace = 'default', replicas = 1, port = 8088, env = {}, probe = 'tcp' } = options;
  const labels = { app: name };
  const container = {
    name: 'main',
    ...program,
    env: Object.entries({ PORT: String(port), ...env }).map(([key, value]) => ({ name: key, value })),
    ports: [{ containerPort: port }],
    readinessProbe: probeOf(probe, port),
  };
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [container],
          readinessGates: [{ conditionType: GATE }],
          terminationGracePeriodSeconds: options.graceSeconds ?? 30,
        },
      },
    },
  };
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels },
    spec: {
      selector: labels,
      ports: [{ name: 'grpc', port, targetPort: port }],
      ...(options.headless ? { clusterIP: 'None' } : {}),
    },
  };
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [service, deployment] });
}
