import type { ListenOptions, Server } from 'node:net';

// Preloaded into every Node.js program of a pod (NODE_OPTIONS=--require …). In a container "all interfaces" means
// the pod's own address; here many pods share the loopback interface, so the unspecified address becomes POD_IP and
// unmodified servers listen on the same port side by side. Connections to addresses of the cluster come from POD_IP, so
// that the service proxy knows its client. Everything else is left exactly as it was called.
const podIP = process.env.POD_IP;

type Args = unknown[];
type Method = (this: unknown, ...args: Args) => unknown;

const unspecified = (host: unknown): boolean =>
  host === undefined ||
  host === null ||
  ['', '0.0.0.0', '::', '::0', '0:0:0:0:0:0:0:0'].includes(String(host));

const isPort = (value: unknown): boolean =>
  typeof value === 'number' || (typeof value === 'string' && value !== '' && Number.isInteger(Number(value)));

const isOptions = (value: unknown): value is ListenOptions => typeof value === 'object' && value !== null;

/** listen(), listen(port[, host][, backlog][, callback]), listen({port, host, …}[, callback]). */
function listenArgs(args: Args, host: string): Args {
  const [first, second, ...rest] = args;
  if (isOptions(first)) {
    const rewrite = 'port' in first && !first.path && !first.ipv6Only && unspecified(first.host);
    return rewrite ? [{ ...first, host }, ...args.slice(1)] : args;
  }
  if (typeof first === 'function') return [0, host, ...args];
  if (first === undefined || first === null) return listenArgs([0, ...args.slice(1)], host);
  if (!isPort(first)) return args;
  if (second === undefined || second === null) return [first, host, ...rest];
  if (typeof second !== 'string') return [first, host, second, ...rest];
  return unspecified(second) ? [first, host, ...rest] : args;
}

/** bind(port[, address][, callback]), bind({port, address}[, callback]); port 0 is a client's and stays. */
function bindArgs(args: Args, address: string): Args {
  const [first, second, ...rest] = args;
  if (isOptions(first)) {
    const options = first as { port?: unknown; address?: unknown; fd?: unknown };
    const rewrite = Number(options.port) > 0 && options.fd === undefined && unspecified(options.address);
    return rewrite ? [{ ...options, address }, ...args.slice(1)] : args;
  }
  if (!(isPort(first) && Number(first) > 0)) return args;
  if (typeof second === 'function') return [first, address, second, ...rest];
  return unspecified(second) ? [first, address, ...rest] : args;
}

/** Addresses of the machine itself, such as the system's own DNS resolver, are not the cluster's. */
function isCluster(host: unknown, own: string): boolean {
  if (typeof host !== 'string' || !/^\d+\.\d+\.\d+\.\d+$/.test(host)) return false;
  return host.split('.', 2).join('.') === own.split('.', 2).join('.');
}

/** connect({host, port, …}) as net.connect() and tls.connect() call it: alone or in an array with the callback. */
function connectArgs(args: Args, localAddress: string): Args {
  const [first] = args;
  const options = Array.isArray(first) ? first[0] : first;
  if (!isOptions(options)) return args;
  const {
    path,
    host,
    localAddress: own,
  } = options as { path?: unknown; host?: unknown; localAddress?: unknown };
  if (path || own || !isCluster(host, localAddress)) return args;
  const changed = { ...options, localAddress };
  if (!Array.isArray(first)) return [changed, ...args.slice(1)];
  // The array carries a mark that it is complete: it stays the same one.
  first[0] = changed;
  return args;
}

function patch(prototype: object, name: string, rewrite: (self: unknown, args: Args) => Args): void {
  const original = Reflect.get(prototype, name) as Method;
  const patched: Method = function (...args) {
    return original.apply(this, rewrite(this, args));
  };
  Object.defineProperty(patched, 'name', { value: name });
  Object.defineProperty(prototype, name, { value: patched, writable: true, configurable: true });
}

if (podIP) {
  const net: { Server: { prototype: Server }; Socket: { prototype: object } } = require('node:net');
  const dgram: { Socket: { prototype: object } } = require('node:dgram');
  patch(net.Server.prototype, 'listen', (_server, args) => listenArgs(args, podIP));
  patch(net.Socket.prototype, 'connect', (_socket, args) => connectArgs(args, podIP));
  patch(dgram.Socket.prototype, 'bind', (socket, args) =>
    (socket as { type?: string }).type === 'udp4' ? bindArgs(args, podIP) : args,
  );
}
