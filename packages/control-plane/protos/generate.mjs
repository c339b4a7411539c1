#!/usr/bin/env node
// Writes src/gen from the .proto files that @grpc/grpc-js-xds ships. Needs a package registry for buf and its plugin,
// which nothing else needs: they are no dependencies. Run after a change of buf.gen.yaml or of messages below.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const TOOLS = ['@bufbuild/buf@1.75.0', '@bufbuild/protoc-gen-es@2.17.0'];

/** What the control plane reads and writes, with the file that each is in. */
const MESSAGES = [
  ['envoy/config/listener/v3/listener.proto', 'Listener'],
  ['envoy/config/route/v3/route.proto', 'RouteConfiguration'],
  ['envoy/config/cluster/v3/cluster.proto', 'Cluster'],
  ['envoy/config/endpoint/v3/endpoint.proto', 'ClusterLoadAssignment'],
  [
    'envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.proto',
    'HttpConnectionManager',
  ],
  ['envoy/extensions/filters/http/router/v3/router.proto', 'Router'],
  ['envoy/extensions/upstreams/http/v3/http_protocol_options.proto', 'HttpProtocolOptions'],
  ['envoy/service/discovery/v3/discovery.proto', 'DiscoveryRequest'],
  ['envoy/service/discovery/v3/discovery.proto', 'DiscoveryResponse'],
  ['envoy/service/discovery/v3/discovery.proto', 'DeltaDiscoveryRequest'],
  ['envoy/service/discovery/v3/discovery.proto', 'DeltaDiscoveryResponse'],
];

const here = dirname(fileURLToPath(import.meta.url));
const shipped = join(
  dirname(createRequire(import.meta.url).resolve('@grpc/grpc-js-xds/package.json')),
  'deps',
);
const roots = ['envoy-api', 'xds', 'googleapis', 'protoc-gen-validate'].map((name) => join(shipped, name));

/** Copies a file and what it imports. buf does not know `ignore_empty`, an option of a validator that is not used. */
function gather(file, into, seen) {
  if (seen.has(file) || file.startsWith('google/protobuf/')) return;
  seen.add(file);
  const root = roots.find((each) => existsSync(join(each, file)));
  if (root === undefined) throw new Error(`${file} is in none of ${roots.join(', ')}`);
  const text = readFileSync(join(root, file), 'utf8').replace(/,? *ignore_empty: true/g, '');
  mkdirSync(dirname(join(into, file)), { recursive: true });
  writeFileSync(join(into, file), text);
  for (const [, imported] of text.matchAll(/^import (?:public |weak )?"([^"]+)"/gm)) {
    gather(imported, into, seen);
  }
}

function typeName([file, name]) {
  return `${dirname(file).replaceAll('/', '.')}.${name}`;
}

const work = mkdtempSync(join(tmpdir(), 'fairlead-protos-'));
try {
  const seen = new Set();
  for (const [file] of MESSAGES) gather(file, join(work, 'protos'), seen);
  writeFileSync(join(work, 'buf.yaml'), 'version: v2\nmodules:\n  - path: protos\n');
  writeFileSync(join(work, 'package.json'), '{"private": true}');
  cpSync(join(here, 'buf.gen.yaml'), join(work, 'buf.gen.yaml'));
  const run = (command, ...args) => execFileSync(command, args, { cwd: work, stdio: 'inherit' });
  run('npm', 'install', '--no-audit', '--no-fund', '--silent', ...TOOLS);
  const buf = join(work, 'node_modules', '.bin', 'buf');
  const types = MESSAGES.flatMap((message) => ['--type', typeName(message)]);
  run(buf, 'build', '--exclude-source-info', ...types, '-o', 'image.binpb');
  run(buf, 'generate');
  const target = join(here, '..', 'src', 'gen');
  rmSync(target, { recursive: true, force: true });
  cpSync(join(work, 'gen'), target, { recursive: true });
} finally {
  rmSync(work, { recursive: true, force: true });
}
