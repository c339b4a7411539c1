// What reaper.test.ts kills: a process that has a reaper, a pod that is noted, a child of that pod which left its
// group, and a pod that was never noted. The first two ignore SIGTERM.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReaper, createRunDir } from '../dist/reaper/index.js';

const runDir = createRunDir(process.argv[2]);
const reaper = createReaper({ runDir });
const env = { PATH: process.env.PATH, POD_ROOT: `${runDir}/pods/uid/containers/app/root` };

const stubborn = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000);";
const pod = `${stubborn}
  const options = { detached: true, stdio: ['ignore', 'inherit', 'inherit'] };
  require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(`${stubborn} console.log(process.pid)`)}], options);
`;
const noted = spawn(process.execPath, ['-e', pod], {
  env,
  detached: true,
  stdio: ['ignore', 'pipe', 'inherit'],
});
reaper.add(noted.pid);
const unnoted = spawn('sleep', ['1000'], { env, detached: true, stdio: 'ignore' });
const [child] = await once(noted.stdout, 'data');
const pods = [noted.pid, Number(child), unnoted.pid];
process.stdout.write(`${JSON.stringify({ runDir, reaper: reaper.pid, pods })}\n`);
