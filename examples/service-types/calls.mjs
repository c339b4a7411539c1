// Calls and who answered them.
import { promisify } from 'node:util';
import { echoDefinition } from '@fairlead/sandbox/echo';
import { credentials, InterceptingCall, makeClientConstructor } from '@grpc/grpc-js';

const EchoClient = makeClientConstructor(echoDefinition, 'Echo');
/** For a first connection on a machine that is busy (ms). */
const DEADLINE_MS = 30_000;

/** A Service that is seconds old has no listener yet: calls wait for it. */
const waitForReady = (options, nextCall) =>
  new InterceptingCall(nextCall(options), {
    start(metadata, listener, next) {
      metadata.setOptions({ waitForReady: options.wait });
      next(metadata, listener);
    },
  });

/**
 * Makes `calls` calls on each of `channels` channels, each with connections of its own. Resolves with how many calls
 * each pod answered, or with the text of the error.
 */
export async function callAll(target, { channels = 1, calls, policy, wait = true }) {
  const config = policy
    ? { 'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ [policy]: {} }] }) }
    : {};
  const options = { 'grpc.use_local_subchannel_pool': 1, 'grpc.enable_http_proxy': 0, ...config };
  const clients = Array.from(
    { length: channels },
    () => new EchoClient(target, credentials.createInsecure(), { ...options, interceptors: [waitForReady] }),
  );
  const pods = new Map();
  try {
    await Promise.all(
      clients.map(async (client) => {
        const say = promisify(client.Say.bind(client));
        for (let n = 0; n < calls; n++) {
          const { pod } = await say({ text: 'hi' }, { deadline: Date.now() + DEADLINE_MS, wait });
          pods.set(pod, (pods.get(pod) ?? 0) + 1);
        }
      }),
    );
    return { pods: Object.fromEntries(pods) };
  } catch (error) {
    return { error: error.details ?? String(error) };
  } finally {
    for (const client of clients) client.close();
  }
}

/** `4 pods, 21–29 %`: how many pods answered, and the least and the greatest share of the calls. */
export function inWords({ pods, error }) {
  if (error) return error;
  const counts = Object.values(pods);
  const all = counts.reduce((sum, count) => sum + count, 0);
  const [least, most] = [Math.min(...counts), Math.max(...counts)].map((count) =>
    Math.round((count / all) * 100),
  );
  return `${counts.length} ${counts.length === 1 ? 'pod' : 'pods'}, ${least === most ? least : `${least}–${most}`} %`;
}

/** Prints rows as columns of equal width. */
export function printTable(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  for (const row of rows)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    );
}
