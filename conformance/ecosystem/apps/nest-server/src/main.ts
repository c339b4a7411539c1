import 'reflect-metadata';
import { setTimeout as pause } from 'node:timers/promises';
import { createHealth, createLifecycle } from '@fairlead/server';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GrpcMethod, type MicroserviceOptions, Transport } from '@nestjs/microservices';

@Controller()
class EchoController {
  @GrpcMethod('Echo', 'Say')
  async say({ text }: { text: string }): Promise<{ text: string; pod: string }> {
    await pause(Number(process.env.DELAY_MS));
    return { text, pod: process.env.HOSTNAME ?? '' };
  }
}

@Module({ controllers: [EchoController] })
class AppModule {}

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
      onLoadPackageDefinition: (_package, server) => {
        server.addService(health.definition, health.implementation);
        lifecycle.attach(server);
      },
    },
  });
  await app.listen();
}

void main();
