import { setTimeout as wait } from 'node:timers/promises';
import type { handleBidiStreamingCall, handleUnaryCall, UntypedServiceImplementation } from '@grpc/grpc-js';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { SayReply, SayRequest } from './echo-codec.js';
import { echoDefinition } from './echo-definition.js';

// The image fairlead/echo. PORT: port to listen on (default 8088). DELAY_MS: how long an answer takes (default 0).

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
    call.on('data', ({ text }: SayRequest) => call.write({ text, pod }));
    call.on('end', () => call.end());
    call.on('error', () => {});
  };
  return { Say: say, Stream: stream };
}

function main(): void {
  const port = setting('PORT', 8088, 65_535);
  const server = new Server();
  server.addService(
    { ...echoDefinition },
    echo(process.env.HOSTNAME ?? '', setting('DELAY_MS', 0, 3_600_000)),
  );
  process.on('SIGTERM', () => server.tryShutdown(() => process.exit(0)));
  server.bindAsync(`0.0.0.0:${port}`, ServerCredentials.createInsecure(), (error, bound) => {
    if (error) throw error;
    process.stdout.write(`fairlead/echo listens on port ${bound}\n`);
  });
}

main();
