// What protoc-gen-ts makes of echo.proto, in short.
import { MessageType } from '@protobuf-ts/runtime';
import { ServiceType, stackIntercept } from '@protobuf-ts/runtime-rpc';

const STRING = 9;
const text = { no: 1, name: 'text', kind: 'scalar', T: STRING };
const SayRequest = new MessageType('fairlead.echo.v1.SayRequest', [text]);
const SayReply = new MessageType('fairlead.echo.v1.SayReply', [
  text,
  { no: 2, name: 'pod', kind: 'scalar', T: STRING },
]);
const Echo = new ServiceType('fairlead.echo.v1.Echo', [
  { name: 'Say', options: {}, I: SayRequest, O: SayReply },
]);

export class EchoClient {
  constructor(transport) {
    this.transport = transport;
  }

  say(input, options) {
    const [method] = Echo.methods;
    return stackIntercept('unary', this.transport, method, this.transport.mergeOptions(options), input);
  }
}
