import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';
import descriptor from 'protobufjs/ext/descriptor/index.js';
import { programPath } from '../../program-path.cjs';

/** Messages of grpc.reflection.v1 and v1alpha, as far as this server speaks them; a question goes back as its bytes. */
const WIRE = protobuf.parse(`
syntax = "proto3";
message Question { string host = 1; string file_by_filename = 3; string file_containing_symbol = 4; string list_services = 7; }
message Answer { string valid_host = 1; bytes original_request = 2; Files files = 4; Services services = 6; Trouble trouble = 7; }
message Files { repeated bytes file = 1; }
message Services { repeated Name service = 1; }
message Name { string name = 1; }
message Trouble { int32 code = 1; string message = 2; }
`).root;
const Question = WIRE.lookupType('Question');
const Answer = WIRE.lookupType('Answer');

const HEALTH = `
syntax = "proto3";
package grpc.health.v1;
message HealthCheckRequest { string service = 1; }
message HealthCheckResponse {
  enum ServingStatus { UNKNOWN = 0; SERVING = 1; NOT_SERVING = 2; SERVICE_UNKNOWN = 3; }
  ServingStatus status = 1;
}
service Health {
  rpc Check(HealthCheckRequest) returns (HealthCheckResponse);
  rpc Watch(HealthCheckRequest) returns (stream HealthCheckResponse);
}
`;
const NOT_FOUND = 5;
const UNIMPLEMENTED = 12;

interface ProtoFile {
  readonly name: string;
  /** Full names that it defines. */
  readonly symbols: ReadonlySet<string>;
  readonly services: readonly string[];
  readonly bytes: Uint8Array;
}

function symbolsOf(object: protobuf.ReflectionObject): string[] {
  const inner =
    object instanceof protobuf.Service
      ? object.methodsArray
      : object instanceof protobuf.Namespace
        ? object.nestedArray
        : [];
  return [object.fullName.slice(1), ...inner.flatMap(symbolsOf)];
}

/** What protobufjs's extension for descriptors adds to `Root` without a type: roots are cast to it. */
interface Describable {
  toDescriptor(
    edition: string,
  ): protobuf.Message & { readonly file: readonly (protobuf.Message & { name: string })[] };
}

function fileOf(name: string, source: string): ProtoFile {
  const { root } = protobuf.parse(source, new protobuf.Root(), { keepCase: true });
  root.resolveAll();
  const symbols = root.nestedArray.flatMap(symbolsOf);
  const [file] = (root as unknown as Describable).toDescriptor('proto3').file;
  file!.name = name;
  return {
    name,
    symbols: new Set(symbols),
    services: symbols.filter((symbol) => root.lookup(symbol) instanceof protobuf.Service),
    bytes: descriptor.FileDescriptorProto.encode(file!).finish(),
  };
}

const FILES: readonly ProtoFile[] = [
  fileOf('echo.proto', readFileSync(programPath('../src/images/echo.proto'), 'utf8')),
  fileOf('grpc/health/v1/health.proto', HEALTH),
];

function answerTo(question: Readonly<Record<string, string>>): object {
  const { fileByFilename, fileContainingSymbol, listServices } = question;
  if (listServices !== undefined) {
    const service = FILES.flatMap(({ services }) => services).map((name) => ({ name }));
    return { services: { service } };
  }
  const wanted = fileByFilename ?? fileContainingSymbol;
  if (wanted === undefined) return { trouble: { code: UNIMPLEMENTED, message: 'not served' } };
  const found = FILES.find(({ name, symbols }) =>
    fileByFilename === undefined ? symbols.has(wanted) : name === wanted,
  );
  return found
    ? { files: { file: [found.bytes] } }
    : { trouble: { code: NOT_FOUND, message: `not found: ${wanted}` } };
}

/** The answer of grpc.reflection.v1 (and v1alpha) to a question, both encoded. */
export function answerReflection(bytes: Uint8Array): Buffer {
  const question = Question.toObject(Question.decode(bytes)) as Record<string, string>;
  const answer = { validHost: question.host ?? '', originalRequest: bytes, ...answerTo(question) };
  return Buffer.from(Answer.encode(Answer.fromObject(answer)).finish());
}
