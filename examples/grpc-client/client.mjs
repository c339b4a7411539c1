import { promisify } from 'node:util';
import { channelOptions, register } from '@fairlead/client';
import { echoDefinition } from '@fairlead/sandbox/echo';
import { credentials, Metadata, makeClientConstructor } from '@grpc/grpc-js';

register();
const Echo = makeClientConstructor(echoDefinition, 'Echo');
const options = channelOptions({ retry: true }); // checked options of any grpc-js channel
const client = new Echo('k8s:///echo.default:8088', credentials.createInsecure(), options);

const say = promisify(client.Say).bind(client);
const counts = new Map();
for (let i = 0; i < 300; i++) {
  const { pod } = await say({ text: 'hello' }, new Metadata(), { deadline: Date.now() + 10_000 });
  counts.set(pod, (counts.get(pod) ?? 0) + 1);
}
for (const [pod, calls] of [...counts].sort()) console.log(`${pod}: ${calls} calls`);

const stream = client.Stream({ deadline: Date.now() + 10_000 });
stream.on('data', ({ text, pod }) => console.log(`${text} from ${pod}`));
stream.on('end', () => client.close());
for (const text of ['one', 'two', 'three']) stream.write({ text });
stream.end();
