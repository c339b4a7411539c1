import 'reflect-metadata';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { channelOptions, register } from '@fairlead/client';
import { Inject, Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type ClientGrpc, ClientsModule, Transport } from '@nestjs/microservices';
import { firstValueFrom, type Observable } from 'rxjs';

register({ policy: 'loadAware' });

interface Orders {
  get(request: { id: string }): Observable<{ id: string; pod: string }>;
}

@Injectable()
class OrdersService implements OnModuleInit {
  @Inject('SHOP') private readonly shop!: ClientGrpc;
  private orders!: Orders;

  onModuleInit(): void {
    this.orders = this.shop.getService<Orders>('Orders');
  }

  async podOf(id: string): Promise<string> {
    return (await firstValueFrom(this.orders.get({ id }))).pod;
  }
}

@Module({
  imports: [
    ClientsModule.register([
      {
        name: 'SHOP',
        transport: Transport.GRPC,
        options: {
          url: 'k8s:///orders.default:8088',
          package: 'shop.v1',
          protoPath: join(__dirname, '..', 'orders.proto'),
          channelOptions: channelOptions(),
        },
      },
    ]),
  ],
  providers: [OrdersService],
})
class AppModule {}

async function main(): Promise<void> {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error', 'warn'] });
  const orders = app.get(OrdersService);
  const pods = new Set<string>();
  let failed = 0;

  /** Once all pods have answered, old and new, the calls go on until the last old one has drained. */
  async function end(): Promise<void> {
    await wait(3000);
    clearInterval(timer);
    console.log(`${failed} failed, ${pods.size} pods`);
    await app.close();
  }

  function answered(pod: string): void {
    if (pods.has(pod)) return;
    pods.add(pod);
    if (pods.size === 2) console.log('calling two pods');
    if (pods.size === 4) void end();
  }

  const timer = setInterval(() => {
    orders.podOf('4711').then(answered, () => failed++);
  }, 5);
}

void main();
