import { waitFor } from '#commands/wait.js';
import { Calls, trouble } from '../calls.js';
import type { Bench, Project, SetUp } from '../set-up.js';

interface Span {
  readonly name: string;
  readonly kind: number;
  readonly attributes: Readonly<Record<string, unknown>>;
}

const REGISTER = ['--import', '@fairlead/client/register'];
const PACKAGES = {
  '@opentelemetry/api': '^1.9',
  '@opentelemetry/instrumentation': '*',
  '@opentelemetry/instrumentation-grpc': '*',
  '@opentelemetry/instrumentation-http': '*',
  '@opentelemetry/sdk-trace-node': '^2',
};

function judgeSpan(spans: readonly Span[], pod: string | undefined): string {
  const [span] = spans;
  if (span === undefined) return 'no span';
  if (spans.length > 1) return `${spans.length} spans: ${spans.map(({ name }) => name).join(', ')}`;
  const at = (name: string): unknown => span.attributes[name];
  const peer = typeof at('network.peer.address') === 'string' ? 'pod' : 'no pod';
  const named = at('k8s.pod.name') === pod ? 'named' : `named ${at('k8s.pod.name')}`;
  return `one span: ${span.name}, server ${at('server.address')}, ${peer} in network.peer.address, ${named}`;
}

async function judgeTrace(
  bench: Bench,
  project: Project,
  name: string,
  args: readonly string[],
): Promise<void> {
  const ended = await project.run(args);
  const spans = [...ended.out.matchAll(/^span (.*)$/gm)].map(([, json = '']) => JSON.parse(json) as Span);
  const pod = /^pod (.*)$/m.exec(ended.out)?.[1];
  bench.report({
    case: `OpenTelemetry, ${name}`,
    expected:
      'one span: grpc.fairlead.echo.v1.Echo/Say, server serv-ca.nspace, pod in network.peer.address, named',
    got: [judgeSpan(spans, pod), ...trouble(ended)].join('; '),
  });
}

async function judgeContext(bench: Bench, project: Project): Promise<void> {
  const calls = new Calls();
  const running = project.start(['context.mjs'], { onLine: calls.take });
  await waitFor('calls', () => calls.count > 20, { timeoutMs: 30_000, signal: bench.signal });
  await bench.world.scale(4);
  await waitFor('a fourth pod', () => new Set(calls.pods).size === 4, {
    timeoutMs: 30_000,
    signal: bench.signal,
  });
  running.finish();
  const { out } = await running.ended;
  bench.report({
    case: 'the store of the first dial is not in later callbacks of the watch',
    expected: 'stores undefined',
    got: /^stores .*$/m.exec(out)?.[0] ?? out.slice(0, 200),
  });
}

/** Spans of calls, none of the watch, and no request that lives on in it. */
export const TELEMETRY_SET_UPS: readonly SetUp[] = [
  {
    name: 'telemetry',
    async judge(bench) {
      const project = await bench.install({ apps: ['telemetry'], packages: PACKAGES });
      const esm = ['--import', './otel.mjs'];
      const common = ['--require', './otel.cjs'];
      const runs: readonly (readonly [name: string, args: readonly string[]])[] = [
        ['ES module, preloaded before us', [...esm, ...REGISTER, 'app.mjs']],
        ['ES module, preloaded after us', [...REGISTER, ...esm, 'app.mjs']],
        ['CommonJS, preloaded before us', [...common, 'app.cjs']],
        ['CommonJS, preloaded after us', [...REGISTER, '--import', './otel.cjs', 'app.cjs']],
      ];
      for (const [name, args] of runs) await judgeTrace(bench, project, name, args);
      await judgeContext(bench, project);
    },
  },
];
