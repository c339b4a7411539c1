import { setTimeout as wait } from 'node:timers/promises';
import { createHealth, createLifecycle } from '@fairlead/server';
import type { handleBidiStreamingCall, handleUnaryCall, UntypedServiceImplementation } from '@grpc/grpc-js';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { SayReply, SayRequest } from './echo-codec.js';
import { echoDefinition } from './echo-definition.js';
import { addReflection } from './reflection.js';

// The image fairlead/echo. PORT: port to listen on (default 8088). DELAY_MS: how long an answer takes (default 0).

/** Clients of a sandbox learn within milliseconds that a pod leaves; this leaves room for slow ones. */
const NOTICE_MS = 1000;
/** Time for calls in flight, where the pod's grace allows it. */
const GRACE_MS = 20_000;
/** Kept of the pod's grace for the exit itself. */
const SPARE_MS = 500;

function setting(name: string, fallback: number, most: number): number {
  const text = process.env[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= most) return value;
  throw new Error(`${name} "${text}": accepted is a whole number up to ${most}`);
}

function echo(pod: string, delayMs: number): UntypedServiceImplementation {
  const say: handleUnaryCall<SayRequest, SayReply> = (call, callback) => {
    const answer = (): void => callback(null, { text: call.request.text, pod });
    if (delayMs === 0) answer();
    else void wait(delayMs).then(answer);
  };
  const stream: handleBidiStreamingCall<SayRequest, SayReply> = (call) => {
    call.on('data', ({ text }: SayRequest) => {
      // A client that does not read is not read from.
      if (!call.write({ text, pod })) call.pause();
    });
    call.on('drain', () => call.resume());
    call.on('end', () => call.end());
    // A stream that its client cancels is no trouble of the server's.
    call.on('error', () => {});
  };
  return { Say: say, Stream: stream };
}

function main(): void {
  const port = setting('PORT', 8088, 65_535);
  const delayMs = setting('DELAY_MS', 0, 3_600_000);
  const podGraceMs = setting('FAIRLEAD_GRACE_SECONDS', 30, 86_400) * 1000;
  const noticeMs = Math.min(NOTICE_MS, podGraceMs / 2);
  const graceMs = Math.max(0, Math.min(GRACE_MS, podGraceMs - noticeMs - SPARE_MS));
  const health = createHealth();
  const lifecycle = createLifecycle({ health, noticeMs, graceMs });
  const server = new Server(lifecycle.serverOptions);
  server.addService({ ...echoDefinition }, echo(process.env.HOSTNAME ?? '', delayMs));
  server.addService(health.definition, health.implementation);
  addReflection(server);
  server.bindAsync(`0.0.0.0:${port}`, ServerCredentials.createInsecure(), (error, bound) => {
    if (error) return fail(error);
    lifecycle.attach(server);
    process.stdout.write(`fairlead/echo listens on port ${bound}\n`);
  });
}

function fail(error: unknown): void {
  process.stderr.write(`fairlead/echo: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

try {
  main();
} catch (error) {
  fail(error);
}
