import 'reflect-metadata';
import { createHealth, createLifecycle } from '@fairlead/server';
import { NestFactory } from '@nestjs/core';
import { type MicroserviceOptions, Transport } from '@nestjs/microservices';
import { AppModule } from './echo.controller.js';

async function main(): Promise<void> {
  const health = createHealth();
  const lifecycle = createLifecycle({ health, noticeMs: 1000, beforeClose: () => app.close() });
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(AppModule, {
    transport: Transport.GRPC,
    options: {
      url: '0.0.0.0:8088',
      package: 'fairlead.echo.v1',
      protoPath: `${__dirname}/../echo.proto`,
      gracefulShutdown: process.env.GRACEFUL === 'true',
      channelOptions: lifecycle.serverOptions,
      onLoadPackageDefinition: (_package, server) => lifecycle.attach(server),
    },
  });
  await app.listen();
}

void main();
