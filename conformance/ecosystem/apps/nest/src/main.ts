import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { ClientGrpc } from '@nestjs/microservices';
import { firstValueFrom, type Observable } from 'rxjs';
import { keepCalling } from '../caller.cjs';
import { EchoModule } from './echo.module.js';

interface Echo {
  say(request: { text: string }): Observable<{ text: string; pod: string }>;
}

async function main(): Promise<void> {
  const app = await NestFactory.createApplicationContext(EchoModule, { logger: ['error', 'warn'] });
  const echo = app.get<ClientGrpc>('ECHO').getService<Echo>('Echo');
  await keepCalling(async () => (await firstValueFrom(echo.say({ text: 'hello' }))).pod);
  await app.close();
}

void main();
