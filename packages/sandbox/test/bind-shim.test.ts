import { spawn } from 'node:child_process';
import { expect, it } from 'vitest';
import { BIND_SHIM, withBindShim } from '../src/node-agent/base-env.js';

/** Runs a program with the shim and returns what it prints. */
async function run(podIP: string, code: string, nodeOptions?: string): Promise<string> {
  const env = { PATH: process.env.PATH, POD_IP: podIP, NODE_OPTIONS: withBindShim(nodeOptions, BIND_SHIM) };
  const child = spawn(process.execPath, ['-e', code], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise((resolve) => child.once('close', resolve));
  return Buffer.concat(chunks).toString().trim();
}

const host = (): string => `127.${200 + Math.floor(Math.random() * 40)}.${Math.floor(Math.random() * 250)}.7`;

it('lets three unmodified servers listen on the same port of all interfaces', async () => {
  const port = 20_000 + Math.floor(Math.random() * 10_000);
  const base = host().replace(/7$/, '');
  // Each holds its port until all are there: they connect to each other.
  const code = `
    const net = require('node:net');
    const server = net.createServer((socket) => socket.end()).listen(${port}, '0.0.0.0', async () => {
      const peers = [1, 2, 3].map((n) => '${base}' + n);
      const reach = (peer) => new Promise((resolve) => {
        const socket = net.connect(${port}, peer, () => { socket.destroy(); resolve(true); });
        socket.on('error', () => resolve(false));
      });
      const deadline = Date.now() + 10000;
      while (!(await Promise.all(peers.map(reach))).every(Boolean) && Date.now() < deadline)
        await new Promise((resolve) => setTimeout(resolve, 20));
      console.log(server.address().address);
      setTimeout(() => server.close(), 200);
    });`;
  const said = await Promise.all([1, 2, 3].map((n) => run(`${base}${n}`, code)));
  expect(said).toEqual([1, 2, 3].map((n) => `${base}${n}`));
});

it('rewrites the unspecified address in every form of listen, and nothing else', async () => {
  const podIP = host();
  const forms: [string, string][] = [
    ['listen(0)', podIP],
    ['listen("0")', podIP],
    ['listen(done)', podIP],
    ['listen()', podIP],
    ['listen(0, done)', podIP],
    ['listen(0, 10, done)', podIP],
    ['listen(0, undefined, 10, done)', podIP],
    ['listen(0, null, done)', podIP],
    ['listen(0, "")', podIP],
    ['listen(0, "0.0.0.0")', podIP],
    ['listen(0, "::", done)', podIP],
    ['listen(null, "0.0.0.0")', podIP],
    ['listen({port: 0})', podIP],
    ['listen({port: undefined})', podIP],
    ['listen({port: 0, host: "::"}, done)', podIP],
    ['listen(0, "127.0.0.1", done)', '127.0.0.1'],
    ['listen({port: 0, host: "127.0.0.1"})', '127.0.0.1'],
    ['listen({port: 0, host: "localhost", path: undefined})', '127.0.0.1'],
  ];
  const code = `
    require('node:dns').setDefaultResultOrder('ipv4first');
    const net = require('node:net');
    const done = () => {};
    const forms = [${forms.map(([form]) => `(server) => server.${form}`).join(',')}];
    Promise.all(forms.map((form) => new Promise((resolve) => {
      const server = net.createServer();
      server.on('listening', () => { resolve(server.address().address); server.close(); });
      server.on('error', (error) => resolve(String(error)));
      form(server);
    }))).then((said) => console.log(JSON.stringify(said)));`;
  const said = JSON.parse(await run(podIP, code)) as string[];
  expect(forms.map(([form], index) => [form, said[index]])).toEqual(forms);
});

it('leaves unix sockets, IPv6-only servers and UDP clients alone, and rewrites UDP servers', async () => {
  const podIP = host();
  const code = `
    const net = require('node:net');
    const dgram = require('node:dgram');
    const path = require('node:path').join(require('node:os').tmpdir(), 'fairlead-shim-' + process.pid);
    const bound = (socket, ...args) => new Promise((resolve) => {
      socket.on('listening', () => { const { address } = socket.address(); socket.close(() => resolve(address)); });
      socket.bind(...args);
    });
    const piped = new Promise((resolve) => {
      const server = net.createServer().listen(path, () => { resolve(server.address() === path); server.close(); });
    });
    Promise.all([
      piped,
      bound(dgram.createSocket('udp4'), 0),
      bound(dgram.createSocket('udp4')),
      bound(dgram.createSocket('udp4'), 20999),
      bound(dgram.createSocket('udp4'), 20998, '0.0.0.0'),
      bound(dgram.createSocket('udp4'), { port: 20997 }),
      bound(dgram.createSocket('udp4'), 20996, () => {}),
    ]).then((said) => console.log(JSON.stringify(said)));`;
  expect(JSON.parse(await run(podIP, code))).toEqual([
    true,
    '0.0.0.0',
    '0.0.0.0',
    podIP,
    podIP,
    podIP,
    podIP,
  ]);
});

it('keeps the NODE_OPTIONS of the container', async () => {
  expect(await run(host(), 'console.log(process.title)', '--title=kept')).toBe('kept');
  expect(withBindShim('--x', '/a "b"/c')).toBe('--require "/a \\"b\\"/c" --x');
});

it('connects from the pod’s address to addresses of the cluster, and leaves all other connections alone', async () => {
  const podIP = host();
  const sibling = podIP.replace(/\.\d+\.7$/, '.250.9');
  const code = `
    const net = require('node:net');
    const tls = require('node:tls');
    const { Agent, get } = require('node:http');
    const from = (host, dial) => new Promise((resolve) => {
      const server = net.createServer((socket) => { resolve(socket.remoteAddress); socket.destroy(); server.close(); });
      server.listen(0, host, () => dial(server.address().port, host).on('error', () => {}));
    });
    const dials = [
      (port, host) => net.connect(port, host),
      (port, host) => net.connect({ port, host }),
      (port, host) => net.createConnection(port, host, () => {}),
      (port, host) => new net.Socket().connect({ port, host }),
      (port, host) => tls.connect({ port, host }),
      (port, host) => get({ port, host, agent: new Agent() }),
    ];
    (async () => {
      const said = [];
      for (const dial of dials) said.push(await from('${sibling}', dial));
      said.push(await from('127.0.0.1', dials[0]));
      said.push(await from('${sibling}', (port, host) => net.connect({ port, host, localAddress: '127.0.0.1' })));
      console.log(said.join(' '));
    })();`;
  const expected = [...Array.from({ length: 6 }, () => podIP), '127.0.0.1', '127.0.0.1'];
  expect(await run(podIP, code)).toBe(expected.join(' '));
});
