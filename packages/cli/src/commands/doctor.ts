import { type Command, Option } from 'commander';
import { type ClusterOptions, withClusterOptions, withOutputOption } from '../cluster-options.js';
import { CheckFailed } from '../errors.js';
import { spin } from '../output/spinner.js';
import { createStyle } from '../output/style.js';

interface DoctorOptions extends ClusterOptions {
  readonly output?: 'json';
  readonly rbac?: boolean;
  readonly watchScope?: string;
}

/** The manifest is printed without an API server, too: its answer would only fill in the account. */
const IDENTITY_MS = 2_000;

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
  const everywhere = options.watchScope === 'cluster';
  const subject = { namespace, account, accountNamespace, everywhere, guessed: own === undefined };
  process.stdout.write(rbacManifest(subject));
}

/** Adds `fairlead doctor TARGET`. */
export function doctorCommand(program: Command): void {
  const command = program
    .command('doctor')
    .argument('<target>', 'k8s:///svc.ns:port, headless:///name:port, static:///ip:port,… or file:///path')
    .description('say why calls do, or do not, spread over the ready pods')
    .option('--rbac', 'print the Role and RoleBinding that a client needs, and stop')
    .addOption(
      new Option('--watch-scope <scope>', 'with --rbac: the watchScope that the client registers with')
        .choices(['auto', 'service', 'namespace', 'cluster'])
        .default('auto'),
    )
    .addHelpText('after', '\nExample:\n  fairlead doctor k8s:///serv-ca.nspace:8088');
  withOutputOption(withClusterOptions(command)).action(async (target: string, options: DoctorOptions) => {
    if (options.rbac) return printRbac(target, options);
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
