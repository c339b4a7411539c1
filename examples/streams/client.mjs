import { setTimeout as wait } from 'node:timers/promises';
import { channelOptions, onImbalance, register } from '@fairlead/client';
import { credentials, makeClientConstructor } from '@grpc/grpc-js';
import { feed, newest } from './feed.mjs';

register();
const Feed = makeClientConstructor(feed, 'Feed');
const options = channelOptions({ policy: { streams: { spreadMs: 2000 } } }); // default: over 10 s
const client = new Feed('k8s:///feed.default:8088', credentials.createInsecure(), options);
const total = { streams: 0, lost: 0, twice: 0 };

/** Follows a topic from where it is; an old stream of it goes on until the new one has answered. */
function follow(topic, old) {
  const call = client.Follow(
    { after: topic.seen },
    onImbalance(() => follow(topic, call)),
  );
  total.streams++;
  call.on('data', (message) => {
    if (topic.call === old) {
      topic.call = call;
      topic.pod = message.pod;
      old?.cancel();
    }
    if (message.number > topic.seen) take(topic, message); // else both streams brought it
  });
  call.on('error', () => {}); // there is a status as well
  call.on('status', () => {
    if (topic.call === call) topic.call = undefined;
    if (topic.call === undefined) setTimeout(follow, 200, topic); // else another one goes on
  });
}

/** The application: it must get every number once. */
function take(topic, { number }) {
  if (topic.taken.has(number)) total.twice++;
  total.lost += number - topic.seen - 1;
  topic.taken.add(number);
  topic.seen = number;
}

const topics = Array.from({ length: 1000 }, () => ({ seen: newest(), taken: new Set() }));
for (const topic of topics) follow(topic);

/** Streams of each pod. */
function spread() {
  const counts = new Map();
  for (const { pod } of topics) if (pod) counts.set(pod, (counts.get(pod) ?? 0) + 1);
  return [...counts.values()].sort((a, b) => a - b);
}

for (const pods of process.argv.slice(2).map(Number)) {
  const isEven = ([least, ...more]) => more.length === pods - 1 && more.at(-1) - least <= 1;
  while (topics.some(({ call }) => !call) || !isEven(spread())) await wait(100);
  console.log(`1000 streams on ${pods} pods: ${spread().join(' ')}`);
}
console.log(
  `${total.lost} messages lost, ${total.twice} twice, ${total.streams - 1000} streams opened again`,
);
client.close();
process.exit();
