import type { EndpointSet } from '@fairlead/discovery';
import type { Command } from 'commander';
import { type ClusterOptions, withClusterOptions, withOutputOption } from '../cluster-options.js';
import { listenForInterrupt } from '../interrupt.js';
import { changeLine, formatChange, type News } from '../output/change.js';
import { createStyle } from '../output/style.js';

interface WatchOptions extends ClusterOptions {
  readonly output?: 'json';
}

/** Adds `fairlead watch TARGET`. */
export function watchCommand(program: Command): void {
  const command = program
    .command('watch')
    .argument('<target>', 'k8s:///svc.ns:port, headless:///name:port, static:///ip:port,… or file:///path')
    .description('print a line per change until interrupted')
    .addHelpText('after', '\nExample:\n  fairlead watch k8s:///serv-ca.nspace:8088');
  withOutputOption(withClusterOptions(command)).action(async (target: string, options: WatchOptions) => {
    const { watchEndpoints } = await import('@fairlead/discovery');
    const { explainSet } = await import('../output/explain.js');
    const style = createStyle(process.stdout);
    const print = (news: Omit<News, 'atMs'>): void => {
      const told = { atMs: Date.now(), ...news };
      const text =
        options.output === 'json' ? JSON.stringify(changeLine(told)) : formatChange(told, style, explainSet);
      process.stdout.write(`${text}\n`);
    };
    const interrupt = listenForInterrupt();
    // A reader that goes away (`| head`) ends the watch as it would end any filter.
    const unread = new Promise<void>((resolve) => process.stdout.once('error', () => resolve()));
    const watch = watchEndpoints(target, {
      ...options,
      onSet: (set: EndpointSet, diff) => print({ state: set.state, diff, set }),
      onState: (state) => print({ state }),
    });
    await Promise.race([interrupt.happened, unread]);
    interrupt.dispose();
    watch.close();
  });
}
