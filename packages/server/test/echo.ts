import {
  Client,
  type ClientDuplexStream,
  credentials,
  experimental,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerOptions,
  type ServerUnaryCall,
  type ServiceError,
  type StatusObject,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';

const bytes = {
  requestSerialize: (value: Buffer) => value,
  requestDeserialize: (value: Buffer) => value,
  responseSerialize: (value: Buffer) => value,
  responseDeserialize: (value: Buffer) => value,
};
const SAY = '/test.Echo/Say';
const STREAM = '/test.Echo/Stream';

/** A service whose calls last as long as their request says: Say answers after that many ms, Stream never ends. */
const echoService = {
  Say: { path: SAY, requestStream: false, responseStream: false, ...bytes },
  Stream: { path: STREAM, requestStream: true, responseStream: true, ...bytes },
};

const echoHandlers = {
  Say: (call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>): void => {
    const ms = Number(call.request.toString());
    if (ms === 0) {
      done(null, call.request);
      return;
    }
    const timer = setTimeout(() => done(null, call.request), ms);
    call.on('cancelled', () => clearTimeout(timer));
  },
  // Answers each message with one of the size that it asks for.
  Stream: (call: ServerDuplexStream<Buffer, Buffer>): void => {
    call.on('data', (request: Buffer) => call.write(Buffer.alloc(Number(request.toString()))));
    call.on('error', () => {});
  },
};

export interface RunningServer {
  readonly server: Server;
  readonly port: number;
  /** `127.0.0.1:PORT` */
  readonly address: string;
}

/** Starts an echo server on a free loopback port. */
export async function startEcho(
  options: ServerOptions = {},
  addServices: (server: Server) => void = () => {},
): Promise<RunningServer> {
  const server = new Server(options);
  server.addService(echoService, echoHandlers);
  addServices(server);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  return { server, port, address: `127.0.0.1:${port}` };
}

/** A client of the echo service. */
export function dial(target: string, options: object = {}): Client {
  return new Client(target, credentials.createInsecure(), options);
}

/** A call that lasts `ms`; resolves to its status code. */
export function say(client: Client, ms: number): Promise<status> {
  return new Promise((resolve) => {
    client.makeUnaryRequest(
      SAY,
      bytes.requestSerialize,
      bytes.responseDeserialize,
      Buffer.from(String(ms)),
      { deadline: Date.now() + 20_000 },
      (error: ServiceError | null) => resolve(error?.code ?? status.OK),
    );
  });
}

export interface OpenStream {
  readonly call: ClientDuplexStream<Buffer, Buffer>;
  /** Resolves when the server has answered once, so that the stream is surely open. */
  readonly opened: Promise<void>;
  readonly ended: Promise<StatusObject>;
}

/** A stream that the client never ends. */
export function openStream(
  client: Client,
  options: { answerBytes?: number; read?: boolean } = {},
): OpenStream {
  const call: ClientDuplexStream<Buffer, Buffer> = client.makeBidiStreamRequest(
    STREAM,
    bytes.requestSerialize,
    bytes.responseDeserialize,
  );
  call.on('error', () => {});
  const ended = new Promise<StatusObject>((resolve) => call.on('status', resolve));
  const opened = new Promise<void>((resolve) => call.once('metadata', () => resolve()));
  if (options.read !== false) call.on('data', () => {});
  call.write(Buffer.from(String(options.answerBytes ?? 1)));
  return { call, opened, ended };
}

/** Waits for a condition, with a deadline. */
export async function until(what: string, holds: () => boolean, deadlineMs = 10_000): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Addresses that a `pushed:` target has at the moment, and who is told of a change. */
const lists = new Map<string, { addresses: readonly string[]; listeners: Set<() => void> }>();

/** Sets the addresses of `pushed:NAME`. */
export function push(name: string, addresses: readonly string[]): void {
  const list = lists.get(name) ?? { addresses, listeners: new Set() };
  list.addresses = addresses;
  lists.set(name, list);
  for (const listener of list.listeners) listener();
}

/** Registers the scheme `pushed`: a resolver whose addresses a test sets. */
export function registerPushed(): void {
  type Listener = experimental.ResolverListener;
  class PushedResolver implements experimental.Resolver {
    private readonly target: experimental.GrpcUri;
    private readonly listener: Listener;
    private started = false;

    constructor(target: experimental.GrpcUri, listener: Listener) {
      this.target = target;
      this.listener = listener;
    }

    static getDefaultAuthority(target: experimental.GrpcUri): string {
      return target.path;
    }

    updateResolution(): void {
      if (this.started) return;
      this.started = true;
      lists.get(this.target.path)?.listeners.add(this.deliver);
      setImmediate(this.deliver);
    }

    destroy(): void {
      this.started = false;
      lists.get(this.target.path)?.listeners.delete(this.deliver);
    }

    private readonly deliver = (): void => {
      if (!this.started) return;
      const endpoints = (lists.get(this.target.path)?.addresses ?? []).map((address) => {
        const [host = '', port] = address.split(':');
        return { addresses: [{ host, port: Number(port) }] };
      });
      this.listener(experimental.statusOrFromValue(endpoints), {}, null, '');
    };
  }
  experimental.registerResolver('pushed', PushedResolver);
}

/** Channel options for grpc-js's own round robin. */
export const ROUND_ROBIN = {
  'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
};
