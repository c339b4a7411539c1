import { type Command, InvalidArgumentError } from 'commander';

/** How a command reaches the cluster; the names are kubectl's. */
export interface ClusterOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
}

/** Adds `--kubeconfig`, `--context` and `-n/--namespace`. */
export function withClusterOptions(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'kubeconfig to use (default: KUBECONFIG, in-cluster, ~/.kube/config)')
    .option('--context <name>', 'context of the kubeconfig')
    .option('-n, --namespace <name>', 'namespace of targets that name none');
}

/** Adds `-o json`. */
export function withOutputOption(command: Command): Command {
  return command.option('-o, --output <format>', 'json for machines (default: text)', parseOutput);
}

function parseOutput(value: string): 'json' {
  if (value === 'json') return value;
  throw new InvalidArgumentError('json is accepted.');
}
