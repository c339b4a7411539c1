import { type Client, type ClientDuplexStream, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import descriptor from 'protobufjs/ext/descriptor/index.js';
import { CheckFailed, oneLine } from '../errors.js';

/** What the client asks of `grpc.reflection.v1` and `v1alpha`, whose messages are the same. */
const WIRE = protobuf.parse(`
syntax = "proto3";
message Request { oneof kind { string file_by_filename = 3; string file_containing_symbol = 4; string list_services = 7; } }
message Response { Files files = 4; Services services = 6; Trouble trouble = 7; }
message Files { repeated bytes file = 1; }
message Services { repeated Name service = 1; }
message Name { string name = 1; }
message Trouble { int32 code = 1; string message = 2; }
`).root;
const Request = WIRE.lookupType('Request');
const Response = WIRE.lookupType('Response');

interface Answer {
  readonly files?: { readonly file: readonly Uint8Array[] };
  readonly services?: { readonly service: readonly { readonly name: string }[] };
  readonly trouble?: { readonly code: number; readonly message: string };
}

/** A file descriptor: what the search for all files needs of it. */
interface FileDescriptor {
  readonly name: string;
  readonly dependency: readonly string[];
}

interface Question {
  readonly fileByFilename?: string;
  readonly fileContainingSymbol?: string;
  readonly listServices?: string;
}

const PATHS = [
  '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
  '/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo',
];

const isAbsent = (error: unknown): boolean => (error as ServiceError).code === status.UNIMPLEMENTED;

/** Where and how a server is asked. */
export interface ReflectionOptions {
  readonly client: Client;
  readonly metadata?: Metadata;
  /** For all questions together. */
  readonly timeoutMs: number;
}

/** Asks one question after the other on one stream: all are answered by the same server. */
class Conversation {
  readonly #stream: ClientDuplexStream<Question, Answer>;
  #waiting: { resolve(answer: Answer): void; reject(error: unknown): void } | undefined;
  #failure: unknown;

  constructor(path: string, { client, metadata = new Metadata(), timeoutMs }: ReflectionOptions) {
    this.#stream = client.makeBidiStreamRequest(
      path,
      (question: Question) => Buffer.from(Request.encode(Request.fromObject(question)).finish()),
      (bytes) => Response.toObject(Response.decode(bytes), { defaults: false, arrays: true }) as Answer,
      metadata,
      { deadline: Date.now() + timeoutMs },
    );
    this.#stream.on('data', (answer: Answer) => this.#waiting?.resolve(answer));
    this.#stream.on('error', (error) => this.#fail(error));
    this.#stream.on('end', () => this.#fail(new Error('the server ended the stream of reflection')));
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#waiting?.reject(error);
  }

  ask(question: Question): Promise<Answer> {
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise<Answer>((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#stream.write(question);
    });
  }

  close(): void {
    this.#stream.end();
    this.#stream.cancel();
  }
}

async function filesOf(conversation: Conversation, question: Question): Promise<readonly Uint8Array[]> {
  const { files, trouble } = await conversation.ask(question);
  if (files) return files.file;
  const about = question.fileContainingSymbol ?? question.fileByFilename;
  throw new CheckFailed(
    `the server's reflection has no "${about}": ${trouble?.message || 'no file in its answer'}`,
  );
}

/** The files of all services, and of all that they import: servers may send each file alone. */
async function readFiles(conversation: Conversation): Promise<Uint8Array[]> {
  const { services } = await conversation.ask({ listServices: '*' });
  const files = new Map<string, Uint8Array>();
  const wanted: string[] = [];
  const take = (all: readonly Uint8Array[]): void => {
    for (const bytes of all) {
      // Its type is that of any message, which knows no fields.
      const { name, dependency } = descriptor.FileDescriptorProto.decode(bytes) as unknown as FileDescriptor;
      if (files.has(name)) continue;
      files.set(name, bytes);
      wanted.push(...dependency);
    }
  };
  for (const { name } of services?.service ?? []) {
    take(await filesOf(conversation, { fileContainingSymbol: name }));
  }
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    if (!files.has(name)) take(await filesOf(conversation, { fileByFilename: name }));
  }
  return [...files.values()];
}

/** protobufjs adds it to `Root` without a type. */
const rootFrom = (set: { file: readonly unknown[] }): protobuf.Root =>
  (protobuf.Root as unknown as { fromDescriptor(from: object): protobuf.Root }).fromDescriptor(set);

/** Reads what a server says of its services (grpc.reflection.v1, else v1alpha). Throws CheckFailed. */
export async function reflect(options: ReflectionOptions): Promise<protobuf.Root> {
  for (const path of PATHS) {
    const conversation = new Conversation(path, options);
    try {
      const files = await readFiles(conversation);
      const root = rootFrom({ file: files.map((bytes) => descriptor.FileDescriptorProto.decode(bytes)) });
      root.resolveAll();
      return root;
    } catch (error) {
      if (isAbsent(error)) continue;
      if (error instanceof CheckFailed) throw error;
      throw new CheckFailed(`server reflection: ${oneLine(error)}: --proto FILE does without it`, {
        cause: error,
      });
    } finally {
      conversation.close();
    }
  }
  throw new CheckFailed('the server has no reflection (grpc.reflection.v1 or v1alpha): give --proto FILE');
}
