import { spawn } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { Clock } from '../../clock.js';
import { DiscoveryError } from '../../errors.js';
import { oneLine } from '../../one-line.js';
import type { Credentials } from './access.js';
import type { ExecConfig } from './exec-config.js';
import { isFields } from './kubeconfig.js';

/** Runs a credential plugin when credentials are wanted, and keeps what it said until shortly before it expires. */
export interface ExecPlugin {
  credentials(): Promise<Credentials>;
  /** Forgets the kept credentials, so that the next call runs the plugin. */
  invalidate(): void;
}

export interface ExecPluginOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Default 60000 (ms). */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 60_000;
/** Credentials are renewed so long before they expire, or a tenth of their life before when that is less. */
const SLACK_MS = 60_000;
const MAX_OUTPUT_BYTES = 1024 * 1024;
const MAX_COMPLAINT = 300;

interface Kept {
  readonly credentials: Credentials;
  readonly freshUntilMs: number;
}

/** What may be (a part of) a token: a long run of letters, or a run with small and large letters and digits in it. */
const SECRET = /[\w+=-]{32,}|(?=[^\s"']*[a-z])(?=[^\s"']*[A-Z])(?=[^\s"']*\d)[^\s"']{16,}/g;

/** The end of what the plugin said, on one line and without what may be a secret. */
function complaint(stderr: string): string {
  return oneLine(stderr, stderr.length).replace(SECRET, '…').slice(-MAX_COMPLAINT);
}

/** Undefined when Node refuses the arguments; its error quotes them, and the environment may hold secrets. */
function start(config: ExecConfig, env: ExecPluginOptions['env']) {
  const { command, args } = config;
  const own = { ...env, ...config.env, KUBERNETES_EXEC_INFO: config.info() };
  try {
    return spawn(command, args, { env: own, stdio: ['ignore', 'pipe', 'pipe'] });
  } catch {
    return undefined;
  }
}

function run(config: ExecConfig, { env, clock, timeoutMs = TIMEOUT_MS }: ExecPluginOptions): Promise<string> {
  const fail = (problem: string, cause?: unknown): DiscoveryError => {
    const hint = config.installHint === undefined ? '' : `; ${config.installHint}`;
    const message = `exec plugin "${config.command}" ${problem}${hint}`;
    return new DiscoveryError('EXEC_PLUGIN', message, cause === undefined ? {} : { cause });
  };
  return new Promise((resolve, reject) => {
    const child = start(config, env);
    if (child === undefined) {
      reject(fail('cannot be run: its command, arguments or environment hold a NUL character'));
      return;
    }
    let stdout = '';
    let stderr = '';
    let problem: string | undefined;
    const end = (why: string): void => {
      problem ??= why;
      child.kill('SIGKILL');
      // A grandchild may hold the pipes open: 'close' must not wait for it.
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const timer = clock.setTimeout(() => end(`did not end within ${timeoutMs} ms`), timeoutMs);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (stdout.length > MAX_OUTPUT_BYTES) end(`wrote more than ${MAX_OUTPUT_BYTES} bytes`);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-4 * MAX_COMPLAINT);
    });
    child.on('error', (error) => {
      timer.cancel();
      const missing = 'code' in error && error.code === 'ENOENT';
      reject(fail(missing ? 'was not found' : `cannot be run: ${error.message}`, error));
    });
    child.on('close', (code, signal) => {
      timer.cancel();
      if (problem === undefined && code === 0) resolve(stdout);
      else
        reject(
          fail(problem ?? `ended with ${signal ?? `code ${code}`}: ${complaint(stderr) || 'no message'}`),
        );
    });
  });
}

function parseStatus(config: ExecConfig, output: string): Readonly<Record<string, unknown>> {
  const fail = (problem: string): DiscoveryError =>
    new DiscoveryError('EXEC_PLUGIN', `exec plugin "${config.command}" ${problem}`);
  let value: unknown;
  try {
    value = JSON.parse(output);
  } catch {
    throw fail(`did not print an ExecCredential in JSON (${output.length} characters)`);
  }
  if (!isFields(value) || value.kind !== 'ExecCredential') throw fail('did not print an ExecCredential');
  if (value.apiVersion !== config.apiVersion) {
    throw fail(`answered with another apiVersion than "${config.apiVersion}", which was asked for`);
  }
  if (!isFields(value.status)) throw fail('printed an ExecCredential without a status');
  return value.status;
}

const nonEmpty = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** When the certificate ends by its own word (epoch ms). OpenSSL's errors are left out: they may quote the key. */
function certificateEndMs(cert: string, key: string, fail: (problem: string) => DiscoveryError): number {
  let parsed: X509Certificate;
  let fits: boolean;
  try {
    parsed = new X509Certificate(cert);
    fits = parsed.checkPrivateKey(createPrivateKey(key));
  } catch {
    throw fail('gave a certificate or a key that is no PEM');
  }
  if (!fits) throw fail('gave a certificate and a key that do not belong together');
  return Date.parse(parsed.validTo);
}

function parseCredentials(
  config: ExecConfig,
  output: string,
): { credentials: Credentials; expiresAtMs: number } {
  const fail = (problem: string): DiscoveryError =>
    new DiscoveryError('EXEC_PLUGIN', `exec plugin "${config.command}" ${problem}`);
  const status = parseStatus(config, output);
  const token = nonEmpty(status.token);
  const cert = nonEmpty(status.clientCertificateData);
  const key = nonEmpty(status.clientKeyData);
  if ((cert === undefined) !== (key === undefined))
    throw fail('gave a certificate or a key without the other');
  if (token === undefined && cert === undefined) throw fail('gave neither a token nor a certificate');
  const expiry = nonEmpty(status.expirationTimestamp);
  const saidMs = expiry === undefined ? Number.POSITIVE_INFINITY : Date.parse(expiry);
  if (Number.isNaN(saidMs)) throw fail('gave an expirationTimestamp that is no RFC 3339 time');
  const pair = cert === undefined || key === undefined ? undefined : { cert, key };
  const endMs = pair === undefined ? saidMs : certificateEndMs(pair.cert, pair.key, fail);
  return {
    credentials: { ...(token === undefined ? {} : { token }), ...pair },
    expiresAtMs: Math.min(saidMs, endMs),
  };
}

/** Makes the plugin of one user (KEP-541). Calls at the same time share one run. */
export function createExecPlugin(config: ExecConfig, options: ExecPluginOptions): ExecPlugin {
  const { clock } = options;
  let kept: Kept | undefined;
  let running: Promise<Credentials> | undefined;

  async function renew(): Promise<Credentials> {
    const { credentials, expiresAtMs } = parseCredentials(config, await run(config, options));
    const lifeMs = expiresAtMs - clock.now();
    kept = { credentials, freshUntilMs: expiresAtMs - Math.min(SLACK_MS, Math.max(0, lifeMs / 10)) };
    return credentials;
  }

  return {
    async credentials() {
      if (kept && clock.now() < kept.freshUntilMs) return kept.credentials;
      running ??= renew().finally(() => {
        running = undefined;
      });
      return running;
    },
    invalidate() {
      kept = undefined;
    },
  };
}
