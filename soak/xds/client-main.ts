// An application with a grpc-js client that knows xDS and nothing of Fairlead: calls at a steady rate.
import { Client, credentials } from '@grpc/grpc-js';
import { register } from '@grpc/grpc-js-xds';
import { waitFor } from '#commands/wait.js';
import { answerParent } from '../client/asked-process.js';
import { Load } from '../client/load.js';
import { openSockets } from '../client/sockets.js';
import type { XdsClientSettings, XdsCommand, XdsLook, XdsMessage } from './client-messages.js';

/** Calls in flight at the end, their deadline included. */
const FINISH_MS = 30_000;

const settings: XdsClientSettings = JSON.parse(process.argv[2] ?? '{}');
let work: { readonly client: Client; readonly load: Load } | null = null;

function open(): void {
  const { id, target, callsPerSecond, deadlineMs, keepalive } = settings;
  register();
  const client = new Client(target, credentials.createInsecure(), {
    'grpc.enable_http_proxy': 0,
    'grpc.keepalive_time_ms': keepalive.timeMs,
    'grpc.keepalive_timeout_ms': keepalive.timeoutMs,
  });
  const onFailed = (call: XdsMessage['call']): void => {
    process.send?.({ kind: 'failed', call } satisfies XdsMessage);
  };
  work = { client, load: new Load({ client, name: id, callsPerSecond, deadlineMs, onFailed }) };
}

function look(mark: boolean): XdsLook | null {
  if (work === null) return null;
  const { load } = work;
  const { answered, calls, failed } = load;
  const seen: XdsLook = { connectedTo: openSockets().connectedTo, answered, calls, failed };
  if (mark) load.mark();
  return seen;
}

async function close(): Promise<void> {
  if (work === null) return;
  const { client, load } = work;
  load.stop();
  await waitFor('the calls in flight have ended', () => load.idle, { timeoutMs: FINISH_MS });
  client.close();
}

async function perform(command: XdsCommand): Promise<XdsLook | null> {
  if (command.kind === 'look') return look(command.mark);
  if (command.kind === 'open') open();
  else await close();
  return null;
}

answerParent(perform);
