import type { Command } from 'commander';
import { type ClusterOptions, withClusterOptions, withOutputOption } from '../cluster-options.js';
import { CheckFailed } from '../errors.js';
import { spin } from '../output/spinner.js';
import { createStyle } from '../output/style.js';

interface DoctorOptions extends ClusterOptions {
  readonly output?: 'json';
  readonly rbac?: boolean;
}

async function printRbac(text: string, options: DoctorOptions): Promise<void> {
  const { parseTarget } = await import('@fairlead/discovery');
  const { loadAccess } = await import('@fairlead/discovery/kubernetes');
  const { rbacManifest } = await import('../doctor/rbac.js');
  parseTarget(text);
  const access = loadAccess({ kubeconfig: options.kubeconfig, context: options.context });
  const { namespace } = parseTarget(text, { namespace: options.namespace ?? access.namespace });
  // In a pod the account is known; the user of a kubeconfig is a person.
  const own = /^([^:]+):([^:]+)$/.exec(access.user);
  const [, accountNamespace = access.namespace, account = 'default'] = own ?? [];
  process.stdout.write(rbacManifest({ namespace, account, accountNamespace, guessed: own === null }));
}

/** Adds `fairlead doctor TARGET`. */
export function doctorCommand(program: Command): void {
  const command = program
    .command('doctor')
    .argument('<target>', 'k8s:///svc.ns:port')
    .description('say why calls do, or do not, spread over the ready pods')
    .option('--rbac', 'print the Role and RoleBinding that a client needs, and stop')
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
