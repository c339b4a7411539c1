import { judgeDocumented } from '../documented.js';
import type { Bench, Project, SetUp } from '../set-up.js';
import { TARGET } from '../world.js';

/** Something that a user gets wrong, and the words that it must be answered with. */
interface Mistake {
  readonly name: string;
  readonly target?: string;
  readonly options?: object;
  readonly register?: object;
  /** A piece of the one line that is said. */
  readonly says: string;
}

const MISTAKES: readonly Mistake[] = [
  {
    name: 'two slashes instead of three',
    target: 'k8s://serv-ca.nspace:8088',
    says: 'write three slashes: k8s:///serv-ca.nspace:8088',
  },
  {
    name: 'an unknown policy',
    register: { policy: 'fastest' },
    says: 'thrown: register option policy: fairlead.pick',
  },
  {
    name: 'an unknown policy in the service config',
    options: { 'grpc.service_config': '{"loadBalancingConfig":[{"rond_robin":{}}]}' },
    says: 'names only unknown policies: "rond_robin"; accepted: fairlead, round_robin',
  },
  {
    name: 'a misspelt option of register()',
    register: { kubeConfig: '/x' },
    says: 'thrown: register option kubeConfig is unknown; accepted: grpc, kubeconfig',
  },
  {
    name: 'a misspelt channel option',
    options: { 'fairlead.polcy': 'roundRobin' },
    says: 'thrown: channel option fairlead.polcy is unknown; accepted: fairlead.kubeconfig',
  },
  {
    name: 'a kubeconfig that is not there',
    register: { kubeconfig: '/nowhere/config' },
    says: '/nowhere/config',
  },
  {
    name: 'a Service that does not exist',
    target: 'k8s:///serv-cb.nspace:8088',
    says: 'call: k8s:///serv-cb.nspace:8088: Service serv-cb does not exist in namespace nspace',
  },
  {
    name: 'a port that it does not have',
    target: 'k8s:///serv-ca.nspace:80',
    says: 'call: k8s:///serv-ca.nspace:80: no port 80; the Service has tcp (8088)',
  },
];

const argsOf = ({ target = TARGET, options = {}, register = {} }: Mistake): string[] => [
  'say.mjs',
  target,
  JSON.stringify(options),
  JSON.stringify(register),
];

/** Words of grpc-js or JavaScript, said before anybody asks us. */
async function judgeForeign(bench: Bench, project: Project): Promise<void> {
  const args = argsOf({ name: '', says: '', options: { 'grpc.service_config': '{' } });
  const { out } = await project.run(args);
  judgeDocumented(bench, 'a service config that is no JSON', "Expected property name or '}' in JSON", out);
}

async function judgeMistake(bench: Bench, project: Project, mistake: Mistake): Promise<void> {
  const { out, err } = await project.run(argsOf(mistake));
  const said = [out, err].filter(Boolean).join(' / ');
  const ok = out.includes(mistake.says) && !out.includes('\n') && err === '';
  bench.report({
    case: `${mistake.name}: one line that says what to do`,
    expected: mistake.says,
    got: said,
    ok,
  });
}

/** Nobody listens there: what goes through the proxy fails at once. */
const PROXY = 'http://127.0.0.1:9';

async function judgeProxies(bench: Bench, project: Project): Promise<void> {
  for (const variable of ['grpc_proxy', 'https_proxy', 'http_proxy']) {
    const { err } = await project.run(['say.mjs', TARGET], { env: { [variable]: PROXY } });
    const expected = `${variable} sends the target through a proxy, past every resolver: set the channel option 'grpc.enable_http_proxy': 0`;
    bench.report({
      case: `${variable} is set: a warning names it and the cure`,
      expected,
      got: err,
      ok: err.includes(expected),
    });
  }
  const cures: readonly (readonly [
    name: string,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
  ])[] = [
    ['channelOptions()', ['say.mjs', TARGET, 'channelOptions()'], {}],
    ['no_proxy=serv-ca.nspace', ['say.mjs', TARGET], { no_proxy: 'serv-ca.nspace' }],
    ['no_proxy=.nspace', ['say.mjs', TARGET], { no_proxy: 'localhost,.nspace' }],
  ];
  for (const [name, args, env] of cures) {
    const { out, err } = await project.run(args, { env: { https_proxy: PROXY, ...env } });
    const got = [out, err].filter(Boolean).join(' / ');
    bench.report({
      case: `https_proxy is set: ${name} cures it`,
      expected: 'from a pod',
      got,
      ok: got.startsWith('from serv-ca-') && err === '',
    });
  }
}

/** What users get wrong, and proxies. */
export const TROUBLE_SET_UPS: readonly SetUp[] = [
  {
    name: 'troubles',
    async judge(bench) {
      const project = await bench.install({ apps: ['troubles'], packages: {} });
      for (const mistake of MISTAKES) await judgeMistake(bench, project, mistake);
      await judgeForeign(bench, project);
      await judgeProxies(bench, project);
    },
  },
];
