// A worker with a sandbox and pods that never end by themselves, to be killed.
import { startSandbox } from '../dist/testing.js';

const sandbox = await startSandbox();
const [command] = process.argv.slice(2);
await sandbox.deploy({ name: 'app', replicas: 2, run: [process.execPath, command] });
process.stdout.write(`${sandbox.kubeconfig}\n`);
