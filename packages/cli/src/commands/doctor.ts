import type { Command } from 'commander';
import { type ClusterOptions, withClusterOptions, withOutputOption } from '../cluster-options.js';
import { CheckFailed } from '../errors.js';
import { createStyle } from '../output/style.js';

interface DoctorOptions extends ClusterOptions {
  readonly output?: 'json';
  readonly rbac?: boolean;
}

async function printRbac(text: string, options: DoctorOptions): Promise<void> {
  const { parseTarget } = await import('@fairlead/discovery');
  const { loadAccess } = await import('@fairlead/discovery/kubernetes');
  const { rbacManifest } = await import('../doctor/rbac.js');
  const access = loadAccess({ kubeconfig: options.kubeconfig, context: options.context });
  const { namespace } = parseTarget(text, { namespace: options.namespace ?? access.namespace });
  const [accountNamespace = access.namespace, account = 'default'] = /^[^:]+:[^:]+$/.test(access.user)
    ? access.user.split(':')
    : [];
  process.stdout.write(rbacManifest({ namespace, account, accountNamespace }));
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
    const { examine } = await import('../doctor/examine.js');
    const report = await examine(target, options);
    const style = createStyle(process.stdout);
    if (options.output === 'json') process.stdout.write(`${JSON.stringify(report)}\n`);
    for (const { ok, text, fix } of options.output ? [] : report.checks) {
      const mark = ok ? style('green', '✓') : style('red', '✗');
      process.stdout.write(`${mark} ${text}\n${fix ? `  ${style('yellow', fix)}\n` : ''}`);
    }
    if (!report.ok) throw new CheckFailed('');
  });
}
