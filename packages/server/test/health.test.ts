import {
  type ClientReadableStream,
  credentials,
  makeGenericClientConstructor,
  type Server,
  type ServiceError,
  type StatusObject,
  status,
} from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHealth, type Health, type HealthListResponse, ServerError } from '../src/index.js';
import { startEcho, until } from './echo.js';

type Callback<T> = (error: ServiceError | null, response: T) => void;

/** The generic client has the methods of the definition; their types are those of the codec. */
interface HealthClient {
  check(request: { service: string }, callback: Callback<{ status: string }>): void;
  list(request: object, callback: Callback<HealthListResponse>): void;
  watch(request: { service: string }): ClientReadableStream<{ status: string }>;
  close(): void;
}

let health: Health;
let server: Server;
let client: HealthClient;

beforeEach(async () => {
  health = createHealth();
  const running = await startEcho({}, (s) => s.addService(health.definition, health.implementation));
  server = running.server;
  const Generic = makeGenericClientConstructor(health.definition, 'Health');
  const generic: object = new Generic(running.address, credentials.createInsecure());
  client = generic as HealthClient;
});

afterEach(() => {
  client.close();
  server.forceShutdown();
});

function check(service: string): Promise<string> {
  return new Promise((resolve) =>
    client.check({ service }, (error, response) =>
      resolve(error === null ? response.status : `${status[error.code]}: ${error.details}`),
    ),
  );
}

interface Watching {
  readonly call: ClientReadableStream<{ status: string }>;
  readonly seen: string[];
  readonly ended: Promise<StatusObject>;
}

function watch(service: string): Watching {
  const call = client.watch({ service });
  const seen: string[] = [];
  call.on('data', (response: { status: string }) => seen.push(response.status));
  call.on('error', () => {});
  return { call, seen, ended: new Promise((resolve) => call.on('status', resolve)) };
}

describe('Check', () => {
  it('answers for the whole server and for each service', async () => {
    expect(await check('')).toBe('SERVING');
    health.setStatus('a.B', 'NOT_SERVING');
    health.setStatus('c.D', 'UNKNOWN');
    expect([await check('a.B'), await check('c.D'), await check('')]).toEqual([
      'NOT_SERVING',
      'UNKNOWN',
      'SERVING',
    ]);
  });

  it('answers NOT_FOUND for an unknown service', async () => {
    expect(await check('no.Such')).toBe('NOT_FOUND: unknown service "no.Such"');
  });
});

describe('List', () => {
  it('has every service', async () => {
    health.setStatus('a.B', 'NOT_SERVING');
    const list = await new Promise<HealthListResponse>((resolve, reject) =>
      client.list({}, (error, response) => (error === null ? resolve(response) : reject(error))),
    );
    expect([...list.statuses]).toEqual([
      ['', { status: 'SERVING' }],
      ['a.B', { status: 'NOT_SERVING' }],
      ['readiness', { status: 'SERVING' }],
      ['liveness', { status: 'SERVING' }],
    ]);
  });
});

describe('readiness and liveness', () => {
  it('readiness is the status of the whole server, liveness is not', async () => {
    expect([await check('readiness'), await check('liveness')]).toEqual(['SERVING', 'SERVING']);
    health.setStatus('', 'NOT_SERVING');
    expect([await check('readiness'), await check('liveness')]).toEqual(['NOT_SERVING', 'SERVING']);
  });

  it('a drain ends readiness at once, and liveness never', async () => {
    const watching = watch('readiness');
    await until('the first status', () => watching.seen.length === 1);
    health.shutdown();
    await until('the change', () => watching.seen.length === 2);
    expect(watching.seen).toEqual(['SERVING', 'NOT_SERVING']);
    health.close();
    expect([await check('readiness'), await check('liveness')]).toEqual(['NOT_SERVING', 'SERVING']);
    await watching.ended;
  });
});

describe('Watch', () => {
  it('tells the present status, and each change once', async () => {
    const watching = watch('');
    await until('the first status', () => watching.seen.length === 1);
    health.setStatus('', 'SERVING');
    health.setStatus('', 'NOT_SERVING');
    health.setStatus('', 'NOT_SERVING');
    health.setStatus('', 'SERVING');
    await until('both changes', () => watching.seen.length === 3);
    expect(watching.seen).toEqual(['SERVING', 'NOT_SERVING', 'SERVING']);
    watching.call.cancel();
    await watching.ended;
  });

  it('says SERVICE_UNKNOWN of an unknown service, and what becomes of it', async () => {
    const watching = watch('late.Service');
    await until('the first status', () => watching.seen.length === 1);
    health.setStatus('late.Service', 'SERVING');
    await until('the change', () => watching.seen.length === 2);
    expect(watching.seen).toEqual(['SERVICE_UNKNOWN', 'SERVING']);
    watching.call.cancel();
    await watching.ended;
  });

  it('forgets a watcher that went away', async () => {
    const [gone, stays] = [watch(''), watch('')];
    await until('both first statuses', () => gone.seen.length + stays.seen.length === 2);
    gone.call.cancel();
    await gone.ended;
    health.setStatus('', 'NOT_SERVING');
    await until('the change', () => stays.seen.length === 2);
    expect(gone.seen).toEqual(['SERVING']);
    stays.call.cancel();
    await stays.ended;
  });

  it('ends with UNAVAILABLE at close, after NOT_SERVING, and at once from then on', async () => {
    const watching = watch('');
    await until('the first status', () => watching.seen.length === 1);
    health.close();
    health.close();
    expect((await watching.ended).code).toBe(status.UNAVAILABLE);
    expect(watching.seen).toEqual(['SERVING', 'NOT_SERVING']);
    expect((await watch('').ended).code).toBe(status.UNAVAILABLE);
    expect(await check('')).toBe('NOT_SERVING');
  });
});

describe('setStatus', () => {
  it('does nothing after shutdown: a late readiness check must not bring the pod back', async () => {
    health.setStatus('a.B', 'SERVING');
    health.shutdown();
    health.setStatus('a.B', 'SERVING');
    health.setStatus('', 'SERVING');
    expect([await check('a.B'), await check('')]).toEqual(['NOT_SERVING', 'NOT_SERVING']);
  });

  it('refuses what is no status', () => {
    const wrong: unknown = 'serving';
    expect(() => health.setStatus('', wrong as 'SERVING')).toThrow(
      new ServerError('OPTION_INVALID', 'status: "serving" is not accepted: UNKNOWN, SERVING, NOT_SERVING'),
    );
    const service: unknown = undefined;
    expect(() => health.setStatus(service as string, 'SERVING')).toThrow(
      /^service: undefined is not accepted/,
    );
  });
});
