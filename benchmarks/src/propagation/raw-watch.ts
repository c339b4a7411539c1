import { type ClientRequest, get } from 'node:http';
import type { Backend } from '../backend/backend.js';
import { NAMESPACE } from '../backend/slices.js';

const NEWLINE = 0x0a;

/** A watch of one Service over plain `node:http` that does nothing but notice that an event is complete. */
export class RawWatch {
  private readonly request: ClientRequest;
  private onEvent: () => void = () => {};

  private constructor(request: ClientRequest) {
    this.request = request;
    // After close() the server's end of the connection is of no interest.
    request.on('error', () => {});
  }

  static open(backend: Backend, service: string): Promise<RawWatch> {
    const query = `watch=true&labelSelector=${encodeURIComponent(`kubernetes.io/service-name=${service}`)}`;
    const url = `${backend.hello.api}/apis/discovery.k8s.io/v1/namespaces/${NAMESPACE}/endpointslices?${query}`;
    return new Promise((resolve, reject) => {
      const request = get(url, { agent: false }, (response) => {
        if (response.statusCode !== 200) reject(new Error(`${url}: ${response.statusCode}`));
        const watch = new RawWatch(request);
        response.on('data', (chunk: Buffer) => {
          if (chunk[chunk.length - 1] === NEWLINE) watch.onEvent();
        });
        resolve(watch);
      });
      request.once('error', reject);
    });
  }

  /** Causes an event and runs `react` in the turn in which it has arrived. */
  next<T>(cause: () => void, react: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.onEvent = () => {
        this.onEvent = () => {};
        react().then(resolve, reject);
      };
      cause();
    });
  }

  close(): void {
    this.request.destroy();
  }
}
