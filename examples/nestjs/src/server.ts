import 'reflect-metadata';
import { join } from 'node:path';
import { createHealth, createLifecycle, createLoadReports } from '@fairlead/server';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GrpcMethod, type MicroserviceOptions, Transport } from '@nestjs/microservices';

@Controller()
class OrdersController {
  @GrpcMethod('Orders', 'Get')
  get({ id }: { id: string }): { id: string; pod: string } {
    return { id, pod: process.env.HOSTNAME ?? '' };
  }
}

@Module({ controllers: [OrdersController] })
class AppModule {}

async function main(): Promise<void> {
  const health = createHealth();
  const loadReports = createLoadReports();
  const lifecycle = createLifecycle({ health, loadReports, noticeMs: 1000, beforeClose: () => app.close() });
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(AppModule, {
    transport: Transport.GRPC,
    logger: ['error', 'warn'],
    options: {
      url: '0.0.0.0:8088',
      package: 'shop.v1',
      protoPath: join(__dirname, '..', 'orders.proto'),
      channelOptions: lifecycle.serverOptions,
      onLoadPackageDefinition: (_package, server) => lifecycle.attach(server),
    },
  });
  await app.listen();
}

void main();
