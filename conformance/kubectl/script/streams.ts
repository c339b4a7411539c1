import { type Step, see } from './step.js';

/** Commands in running containers: the real API server asks the same node agent over SPDY. */
export const STREAMS: readonly Step[] = [
  ...see(
    "exec deploy/web -- sh -c 'echo $COLOUR; echo trouble >&2; exit 3'",
    'exec deploy/web -- true',
    'exec deploy/web -- no-such-command',
    'exec deploy/web -c nothing -- true',
    'exec deploy/web',
    'exec nothing -- true',
    'exec once -- true',
    'exec deploy/nothing -- true',
  ),
  { command: 'exec -i deploy/web -- wc -c', input: 'some words\n' },
  { command: 'exec -it deploy/web -- cat', input: 'not a terminal\n' },
  ...see(
    'attach nothing',
    'attach once',
    'port-forward pod/nothing 1:1',
    'port-forward pod/once 1:1',
    'port-forward service/web :nothing',
    'cp missing.txt nothing:/tmp/missing.txt',
    'auth can-i create pods/exec',
    'auth can-i create pods/portforward --as=system:serviceaccount:default:reader',
  ),
];
