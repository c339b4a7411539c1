import { Client, credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SayReply } from '../src/images/echo-definition.js';
import { echoDefinition } from '../src/images/echo-definition.js';
import {
  condition,
  eventsOf,
  isFree,
  pidOf,
  pod,
  putPod,
  type Rig,
  runs,
  startRig,
  until,
} from './node-agent-rig.js';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

const echo = (name: string) =>
  putPod(rig.kube, name, {
    containers: [
      {
        name: 'echo',
        image: 'fairlead/echo',
        ports: [{ name: 'grpc', containerPort: 8088 }],
        readinessProbe: { grpc: { port: 8088 }, periodSeconds: 10 },
      },
    ],
  });

function say(ip: string, text: string): Promise<SayReply> {
  const client = new Client(`${ip}:8088`, credentials.createInsecure());
  const { path, requestSerialize, responseDeserialize } = echoDefinition.Say;
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, { text }, (error, reply) => {
      client.close();
      if (error || !reply) reject(error);
      else resolve(reply);
    });
  });
}

it('runs three echo pods on one port, ready soon, and ends one when it is deleted', async () => {
  for (const name of ['echo-a', 'echo-b', 'echo-c']) echo(name);
  for (const name of ['echo-a', 'echo-b', 'echo-c']) {
    await until(() => condition(rig.kube, name, 'Ready') === 'True');
    const ip = pod(rig.kube, name)?.status?.podIP ?? '';
    expect(await say(ip, 'hello')).toEqual({ text: 'hello', pod: name });
  }
  const { status } = pod(rig.kube, 'echo-a') ?? {};
  expect(status).toMatchObject({
    phase: 'Running',
    hostIP: rig.range.nodeHost(1),
    podIPs: [{ ip: status?.podIP }],
    containerStatuses: [{ name: 'echo', ready: true, started: true, restartCount: 0 }],
  });
  const pid = pidOf(pod(rig.kube, 'echo-a'));
  rig.kube.deletePod('default', 'echo-a', 5);
  const ip = status?.podIP ?? '';
  await until(() => eventsOf(rig.kube, 'echo-a').includes('Killing: Stopping container echo'));
  // It serves until the notice is over.
  expect(await say(ip, 'still')).toEqual({ text: 'still', pod: 'echo-a' });
  await until(() => pod(rig.kube, 'echo-a') === undefined);
  expect(runs(pid)).toBe(false);
  expect(await isFree(status?.podIP ?? '', 8088)).toBe(true);
});
