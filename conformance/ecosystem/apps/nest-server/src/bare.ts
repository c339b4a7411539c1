// As Nest's own documentation ends a server: what the lifecycle is measured against.
import 'reflect-metadata';
import { createHealth } from '@fairlead/server';
import { NestFactory } from '@nestjs/core';
import { type MicroserviceOptions, Transport } from '@nestjs/microservices';
import { AppModule } from './echo.controller.js';

async function main(): Promise<void> {
  const health = createHealth();
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(AppModule, {
    transport: Transport.GRPC,
    options: {
      url: '0.0.0.0:8088',
      package: 'fairlead.echo.v1',
      protoPath: `${__dirname}/../echo.proto`,
      onLoadPackageDefinition: (_package, server) => {
        server.addService(health.definition, health.implementation);
      },
    },
  });
  app.enableShutdownHooks();
  await app.listen();
}

void main();
