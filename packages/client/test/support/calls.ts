import * as grpc from '@grpc/grpc-js';
import { ECHO } from './pods.js';

const DEADLINE_MS = 10_000;

/** A client of the pods. */
export class Echo {
  readonly client: grpc.Client;
  private readonly module: typeof grpc;

  constructor(target: string, options: grpc.ClientOptions = {}, module: typeof grpc = grpc) {
    this.module = module;
    this.client = new module.Client(target, module.credentials.createInsecure(), options);
  }

  /** One unary call; the name of the pod that answered. */
  say(options: grpc.CallOptions & { waitForReady?: boolean } = {}): Promise<string> {
    const { waitForReady = false, ...call } = options;
    return new Promise((resolve, reject) => {
      this.client.makeUnaryRequest(
        ECHO.say.path,
        ECHO.say.requestSerialize,
        ECHO.say.responseDeserialize,
        Buffer.alloc(0),
        new this.module.Metadata({ waitForReady }),
        { deadline: Date.now() + DEADLINE_MS, ...call },
        (error, answer) => (error === null ? resolve(String(answer)) : reject(error)),
      );
    });
  }

  stream(
    options: grpc.CallOptions = {},
    metadata = new this.module.Metadata(),
  ): grpc.ClientReadableStream<Buffer> {
    const { path, requestSerialize, responseDeserialize } = ECHO.stream;
    const nothing = Buffer.alloc(0);
    return this.client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      nothing,
      metadata,
      options,
    );
  }

  /** How many of `count` calls, one after the other, each pod answered. */
  async spread(count: number): Promise<Record<string, number>> {
    const shares: Record<string, number> = {};
    for (let i = 0; i < count; i++) {
      const pod = await this.say();
      shares[pod] = (shares[pod] ?? 0) + 1;
    }
    return shares;
  }

  close(): void {
    this.client.close();
  }
}

/** The error of a call that must fail. */
export async function failure(call: Promise<unknown>): Promise<grpc.ServiceError> {
  return call.then(
    (answer) => {
      throw new Error(`expected a failure, got ${String(answer)}`);
    },
    (error: grpc.ServiceError) => error,
  );
}

/** Waits until a condition holds. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${DEADLINE_MS} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** What a pod must be told so that `sayTwice()` shows whether calls are repeated. */
export function failFirst(call: grpc.ServerUnaryCall<Buffer, Buffer>): Partial<grpc.StatusObject> | null {
  const { metadata } = call;
  const first = metadata.get('grpc-previous-rpc-attempts').length === 0;
  return metadata.get('fail-first').length > 0 && first ? { code: grpc.status.UNAVAILABLE } : null;
}

/** Calls with a request header that makes the first attempt fail. */
export function sayTwice(client: grpc.Client): Promise<string> {
  const metadata = new grpc.Metadata();
  metadata.set('fail-first', '1');
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      '/test.Echo/Say',
      (value: Buffer) => value,
      (value: Buffer) => value,
      Buffer.alloc(0),
      metadata,
      { deadline: Date.now() + 5000 },
      (error, answer) => (error === null ? resolve(String(answer)) : reject(error)),
    );
  });
}

/** Which kind of policy runs, seen from the pods that answer. */
export async function policyOf(client: Echo, expected = ''): Promise<string> {
  await client.say();
  if (expected === 'one pod')
    return Object.keys(await client.spread(100)).length === 1 ? expected : 'many pods';
  await until(async () => Object.keys(await client.spread(12)).length === 3, 'three pods');
  const order: string[] = [];
  for (let i = 0; i < 30; i++) order.push(await client.say());
  const turns = order.every((pod, i) => i < 3 || pod === order[i - 3]);
  return turns ? 'in turn' : 'at random';
}
