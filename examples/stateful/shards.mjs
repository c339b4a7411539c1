import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { register } from '@fairlead/client';
import { echoDefinition } from '@fairlead/sandbox/echo';
import { credentials, makeClientConstructor } from '@grpc/grpc-js';

const SHARDS = 3;
const KEYS = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank'];

register();
const Store = makeClientConstructor(echoDefinition, 'Store');
const shards = Array.from(
  { length: SHARDS },
  (_, n) => new Store(`k8s:///store-${n}.store.shop:8088`, credentials.createInsecure()),
);

/** The shard that owns a key: the same in every process. */
const shardOf = (key) => createHash('sha256').update(key).digest().readUInt32BE() % SHARDS;

for (const key of KEYS) {
  const shard = shards[shardOf(key)];
  const say = promisify(shard.Say.bind(shard));
  const { pod } = await say({ text: key });
  console.log(`${key} is kept by ${pod}`);
}
for (const shard of shards) shard.close();
