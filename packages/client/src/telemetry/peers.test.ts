import { expect, it } from 'vitest';
import { Peers } from './peers.js';

const candidate = (pod: string) => ({ key: 'k', pod, ready: true, serving: true, terminating: false });
const dual = {
  addresses: [
    { host: '10.0.0.1', port: 80 },
    { host: 'fd00::1', port: 80 },
  ],
};

it('knows a pod by all its addresses while it is connected, and for its last calls', () => {
  const peers = new Peers();
  peers.add(dual, candidate('a'));
  peers.add(dual, candidate('a'));
  expect(peers.get('10.0.0.1:80')?.pod).toBe('a');
  expect(peers.get('[fd00::1]:80')?.pod).toBe('a');
  peers.remove(dual);
  expect(peers.get('10.0.0.1:80')?.pod).toBe('a');
  peers.renew(dual, candidate('b'));
  expect(peers.get('10.0.0.1:80')?.pod).toBe('b');
  peers.remove(dual);
  expect(peers.size).toBe(0);
  expect(peers.get('10.0.0.1:80')?.pod).toBe('b');
  peers.add(dual, candidate('c'));
  expect(peers.get('[fd00::1]:80')?.pod).toBe('c');
});

it('remembers a bounded number of pods that are gone', () => {
  const peers = new Peers();
  const at = (n: number) => ({ addresses: [{ host: `10.0.${n >> 8}.${n & 255}`, port: 80 }] });
  for (let n = 0; n < 2000; n++) {
    peers.add(at(n), candidate(`pod-${n}`));
    peers.remove(at(n));
  }
  expect(peers.get('10.0.0.0:80')).toBeUndefined();
  expect(peers.get('10.0.7.207:80')?.pod).toBe('pod-1999');
});

it('ignores what it never heard of, and sockets', () => {
  const peers = new Peers();
  peers.remove(dual);
  peers.renew(dual, candidate('a'));
  peers.add({ addresses: [{ path: '/run/a.sock' }] }, candidate('a'));
  expect(peers.size).toBe(0);
  expect(peers.get('10.0.0.1:80')).toBeUndefined();
});
