import { setTimeout as pause } from 'node:timers/promises';
import { Controller, Module } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';

@Controller()
class EchoController {
  @GrpcMethod('Echo', 'Say')
  async say({ text }: { text: string }): Promise<{ text: string; pod: string }> {
    await pause(Number(process.env.DELAY_MS));
    return { text, pod: process.env.HOSTNAME ?? '' };
  }
}

@Module({ controllers: [EchoController] })
export class AppModule {}
