import { type Command, Option } from 'commander';
import { type ClusterOptions, withClusterOptions, withOutputOption } from '../cluster-options.js';
import { CheckFailed, UsageError } from '../errors.js';
import { spin } from '../output/spinner.js';
import { createStyle } from '../output/style.js';

interface DoctorOptions extends ClusterOptions {
  readonly output?: 'json';
  readonly rbac?: boolean;
  readonly watchScope?: string;
  readonly clusterConfig?: boolean;
  readonly configMap?: string;
}

/** The manifest is printed without an API server, too: its answer would only fill in the account. */
const IDENTITY_MS = 2_000;

/** `NAME` in the namespace of the Service, or `NAMESPACE/NAME`, as register() takes it. */
function configMapOf(text: string, ofService: string): { namespace: string; name: string } {
  const [name = '', namespace = ofService, ...rest] = text.split('/').reverse();
  if (name !== '' && namespace !== '' && rest.length === 0) return { namespace, name };
  throw new UsageError(`--config-map "${text}": accepted is NAME or NAMESPACE/NAME`);
}

/** Stands for the control plane where a target is expected: `doctor --rbac xds`. */
const CONTROL_PLANE = 'xds';

async function printXdsRbac({ namespace = 'fairlead' }: DoctorOptions): Promise<void> {
  const { xdsRbacManifest } = await import('../doctor/xds-rbac.js');
  process.stdout.write(xdsRbacManifest({ accountNamespace: namespace }));
}

async function printRbac(text: string, options: DoctorOptions): Promise<void> {
  const { parseTarget } = await import('@fairlead/discovery');
  const { createKubeClient, loadAccess } = await import('@fairlead/discovery/kubernetes');
  const { accountOf, whoAmI } = await import('../doctor/identity.js');
  const { rbacManifest } = await import('../doctor/rbac.js');
  parseTarget(text);
  const access = loadAccess({ kubeconfig: options.kubeconfig, context: options.context });
  const { namespace } = parseTarget(text, { namespace: options.namespace ?? access.namespace });
  const client = createKubeClient(access, { timeoutMs: IDENTITY_MS });
  const user = (await whoAmI(client)) ?? access.user;
  client.close();
  // The user of a kubeconfig may be a person: then the client's account is not known.
  const own = accountOf(user);
  const { namespace: accountNamespace, name: account } = own ?? {
    namespace: access.namespace,
    name: 'default',
  };
  const { clusterConfig = false, configMap } = options;
  process.stdout.write(
    rbacManifest({
      namespace,
      account,
      accountNamespace,
      everywhere: options.watchScope === 'cluster',
      clusterConfig,
      configMap: configMap === undefined ? undefined : configMapOf(configMap, namespace),
      guessed: own === undefined,
    }),
  );
}

/** Adds `fairlead doctor TARGET`. */
export function doctorCommand(program: Command): void {
  const command = program
    .command('doctor')
    .argument('<target>', 'k8s:///svc.ns:port, headless:///name:port, static:///ip:port,… or file:///path')
    .description('say why calls do, or do not, spread over the ready pods')
    .option(
      '--rbac',
      'print the Role and RoleBinding that a client needs, and stop (for "xds": a control plane)',
    )
    .addOption(
      new Option('--watch-scope <scope>', 'with --rbac: the watchScope that the client registers with')
        .choices(['auto', 'service', 'namespace', 'cluster'])
        .default('auto'),
    )
    .option(
      '--cluster-config',
      'with --rbac: what the client needs to be configured by annotations of the Service',
    )
    .option('--config-map <name>', 'with --rbac: … and by this ConfigMap, NAME or NAMESPACE/NAME')
    .addHelpText('after', '\nExample:\n  fairlead doctor k8s:///serv-ca.nspace:8088');
  withOutputOption(withClusterOptions(command)).action(async (target: string, options: DoctorOptions) => {
    if (options.rbac) return target === CONTROL_PLANE ? printXdsRbac(options) : printRbac(target, options);
    // What grpc-js logs of endpoints that do not answer is in the report.
    process.env.GRPC_VERBOSITY ??= 'NONE';
    const { examine } = await import('../doctor/examine.js');
    const report = await spin(process.stderr, `examining ${target}`, examine(target, options));
    const style = createStyle(process.stdout);
    if (options.output === 'json') process.stdout.write(`${JSON.stringify(report)}\n`);
    for (const { ok, text, fix } of options.output ? [] : report.checks) {
      const mark = ok ? style('green', '✓') : style('red', '✗');
      process.stdout.write(`${mark} ${text}\n${fix ? `  ${style('yellow', fix)}\n` : ''}`);
    }
    if (!report.ok) throw new CheckFailed('');
  });
}
