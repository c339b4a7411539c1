import { Calls, judgeShares, trouble } from '../calls.js';
import type { Bench, SetUp } from '../set-up.js';

/** As an application writes it that knows nothing of Fairlead. */
const ADDRESS = 'serv-ca.nspace.svc.cluster.local:8088';

interface Library {
  readonly program: string;
  readonly file: string;
  readonly packages: Readonly<Record<string, string>>;
}

const LIBRARIES: readonly Library[] = [
  { program: 'Temporal, Connection', file: 'temporal.mjs', packages: { '@temporalio/client': '*' } },
  {
    program: 'OpenTelemetry, OTLP exporter',
    file: 'otlp.mjs',
    packages: {
      '@opentelemetry/api': '^1.9',
      '@opentelemetry/exporter-trace-otlp-grpc': '*',
      '@opentelemetry/sdk-metrics': '^2',
      '@opentelemetry/sdk-trace-base': '^2',
    },
  },
];

async function judgeLibrary(bench: Bench, { program, file, packages }: Library): Promise<void> {
  const project = await bench.install({ apps: ['plain-names'], packages });
  const calls = new Calls();
  const ended = await project.run([file, ADDRESS], { onLine: calls.take });
  const shares = judgeShares(calls.shares(0), 3);
  const wrong = trouble(ended);
  if (!shares.even) wrong.push('not even');
  if (calls.failures.length > 0) wrong.push(`failed: ${calls.failures[0]}`);
  bench.report({
    case: `${program} to a plain name of the cluster`,
    expected: 'even over three pods, no call failed, nothing on stderr',
    got: [`${shares.text} of ${calls.count} calls`, ...wrong].join('; '),
    ok: wrong.length === 0,
  });
}

/** Libraries that refuse a target with a scheme: served with `register({ clusterNames: true })`. */
export const PLAIN_NAME_SET_UPS: readonly SetUp[] = [
  {
    name: 'plain-names',
    async judge(bench) {
      for (const library of LIBRARIES) await judgeLibrary(bench, library);
    },
  },
];
