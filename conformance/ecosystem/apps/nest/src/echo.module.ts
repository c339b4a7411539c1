import { register } from '@fairlead/client';
import { Module } from '@nestjs/common';
import { ClientsModule, Transport } from '@nestjs/microservices';

register();

@Module({
  imports: [
    ClientsModule.register([
      {
        name: 'ECHO',
        transport: Transport.GRPC,
        options: {
          url: 'k8s:///serv-ca.nspace:8088',
          package: 'fairlead.echo.v1',
          protoPath: 'echo.proto',
        },
      },
    ]),
  ],
})
export class EchoModule {}
