import protobuf from 'protobufjs';
import descriptor from 'protobufjs/ext/descriptor/index.js';
import { expect, it } from 'vitest';
import { answerReflection } from './reflection-answers.js';

/** A string field of a question. */
const question = (field: number, text: string): Buffer =>
  Buffer.from([(field << 3) | 2, text.length, ...Buffer.from(text)]);

const Answer = protobuf
  .parse(`
syntax = "proto3";
message Answer { bytes original_request = 2; Files file_descriptor_response = 4; Services list_services_response = 6; Trouble error_response = 7; }
message Files { repeated bytes file_descriptor_proto = 1; }
message Services { repeated Service service = 1; }
message Service { string name = 1; }
message Trouble { int32 error_code = 1; string error_message = 2; }
`)
  .root.lookupType('Answer');

const ask = (field: number, text: string) =>
  Answer.toObject(Answer.decode(answerReflection(question(field, text))));

it('lists the services', () => {
  expect(ask(7, '*').listServicesResponse.service).toEqual([
    { name: 'fairlead.echo.v1.Echo' },
    { name: 'grpc.health.v1.Health' },
  ]);
});

it.each([
  [4, 'fairlead.echo.v1.Echo'],
  [4, 'fairlead.echo.v1.SayReply'],
  [4, 'fairlead.echo.v1.Echo.Say'],
  [3, 'echo.proto'],
])('finds the file by %i %s', (field, text) => {
  const [file] = ask(field, text).fileDescriptorResponse.fileDescriptorProto;
  expect(descriptor.FileDescriptorProto.decode(file).toJSON()).toMatchObject({
    name: 'echo.proto',
    package: 'fairlead.echo.v1',
    syntax: 'proto3',
    service: [
      {
        name: 'Echo',
        method: [
          { name: 'Say', inputType: expect.stringMatching(/SayRequest$/) },
          { name: 'Stream', clientStreaming: true, serverStreaming: true },
        ],
      },
    ],
  });
});

it('says what it does not have, and repeats the question', () => {
  expect(ask(4, 'a.B')).toEqual({
    originalRequest: question(4, 'a.B'),
    errorResponse: { errorCode: 5, errorMessage: 'not found: a.B' },
  });
  expect(ask(6, 'a.B').errorResponse).toEqual({ errorCode: 12, errorMessage: 'not served' });
});
