import { subscribe, unsubscribe } from 'node:diagnostics_channel';

const CHANNEL = 'net.client.socket';

/** Counts the TCP connections that this process opens. */
export function countConnections(): { count: number; stop(): void } {
  const counter = {
    count: 0,
    stop: () => void unsubscribe(CHANNEL, opened),
  };
  const opened = (): void => {
    counter.count += 1;
  };
  subscribe(CHANNEL, opened);
  return counter;
}
