import type { handleBidiStreamingCall, Server } from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';

const bytes = (value: Buffer): Buffer => value;

const answer: handleBidiStreamingCall<Buffer, Buffer> = (call) => {
  let last: Promise<void> = Promise.resolve();
  call.on('data', (question: Buffer) => {
    last = last.then(async () => {
      // Only pods that are asked load it.
      const { answerReflection } = await import('./reflection-answers.js');
      call.write(answerReflection(question));
    });
    last.catch((error: Error) => call.destroy(Object.assign(error, { code: status.INTERNAL })));
  });
  call.on('end', () => void last.then(() => call.end()).catch(() => {}));
  // A stream that its client cancels is no trouble of the server's.
  call.on('error', () => {});
};

/** Adds server reflection, under both names by which clients ask for it. */
export function addReflection(server: Pick<Server, 'addService'>): void {
  for (const version of ['v1', 'v1alpha']) {
    const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
    const codec = {
      requestSerialize: bytes,
      requestDeserialize: bytes,
      responseSerialize: bytes,
      responseDeserialize: bytes,
    };
    const method = { path, requestStream: true, responseStream: true, ...codec } as const;
    server.addService({ ServerReflectionInfo: method }, { ServerReflectionInfo: answer });
  }
}
