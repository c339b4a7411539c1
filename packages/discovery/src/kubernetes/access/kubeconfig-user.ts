import { resolve } from 'node:path';
import type { Clock } from '../../clock.js';
import type { ClusterAccess, Credentials } from './access.js';
import { type ExecConfig, execConfig } from './exec-config.js';
import { createExecPlugin } from './exec-plugin.js';
import { createFileValue } from './file-value.js';
import { TOKEN_FRESH_MS } from './in-cluster.js';
import { type Entry, invalid } from './kubeconfig.js';
import { pemField, textField } from './kubeconfig-fields.js';

export interface UserOptions {
  readonly cluster: Entry;
  readonly server: string;
  readonly ca: (() => string) | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
}

/** Where a user's credentials come from; `detail` says it in a message, without the secret itself. */
export interface UserCredentials extends Pick<ClusterAccess, 'credentials' | 'invalidate'> {
  readonly detail: string;
}

/** Settings that would change who asks, and that this client cannot honour: better refused than ignored. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  'auth-provider': 'is not supported (kubectl dropped it, too): use an exec plugin ("exec")',
  as: 'is not supported: use credentials of that user',
  'as-uid': 'is not supported: use credentials of that user',
  'as-groups': 'is not supported: use credentials of that user',
  'as-user-extra': 'is not supported: use credentials of that user',
};

function refuseUnsupported(user: Entry): void {
  for (const [field, why] of Object.entries(UNSUPPORTED)) {
    if (user.fields[field] !== undefined)
      throw invalid(user.file, `"${field}" of user "${user.name}" ${why}`);
  }
}

const nothing = (): void => {};

type Secret = Pick<UserCredentials, 'detail' | 'invalidate'> & {
  read(): Pick<Credentials, 'token' | 'basic'>;
};

/** The token or password of a user. `tokenFile` beats `token`, as in client-go. */
function secretOf(user: Entry, clock: Clock): Secret {
  const tokenFile = textField(user, 'tokenFile');
  if (tokenFile !== undefined) {
    const path = resolve(user.dir, tokenFile);
    const file = createFileValue({ path, what: 'token file', clock, freshMs: TOKEN_FRESH_MS });
    file.read();
    return {
      detail: `token file ${path}`,
      invalidate: () => file.forget(),
      read: () => ({ token: file.read() }),
    };
  }
  const token = textField(user, 'token')?.trim();
  if (token !== undefined) return { detail: 'token', invalidate: nothing, read: () => ({ token }) };
  const username = textField(user, 'username');
  if (username === undefined) return { detail: '', invalidate: nothing, read: () => ({}) };
  const basic = { username, password: textField(user, 'password') ?? '' };
  return { detail: 'password', invalidate: nothing, read: () => ({ basic }) };
}

interface Certificate {
  read(): Pick<Credentials, 'cert' | 'key'>;
}

function certificateOf(user: Entry, clock: Clock): Certificate | undefined {
  const cert = pemField(user, 'client-certificate', clock);
  const key = pemField(user, 'client-key', clock);
  if (!cert && !key) return undefined;
  if (!cert || !key) {
    const missing = cert ? 'client-key' : 'client-certificate';
    throw invalid(user.file, `user "${user.name}" has no "${missing}" (or "${missing}-data")`);
  }
  return { read: () => ({ cert: cert(), key: key() }) };
}

function execCredentials(user: Entry, exec: ExecConfig, options: UserOptions): UserCredentials {
  const { env, clock } = options;
  const plugin = createExecPlugin(exec, { env, clock });
  // A plugin's certificate needs its own key; a static one in the same user stands when the plugin gives only a token.
  const certificate = certificateOf(user, clock);
  return {
    detail: `exec plugin ${exec.command}`,
    credentials: async () => ({ ...certificate?.read(), ...(await plugin.credentials()) }),
    invalidate: () => plugin.invalidate(),
  };
}

/** Reads how a user of a kubeconfig proves who it is. */
export function userCredentials(user: Entry, options: UserOptions): UserCredentials {
  refuseUnsupported(user);
  const exec = execConfig(user, options);
  const secret = secretOf(user, options.clock);
  // As in client-go, a token in the file wins over a plugin.
  if (exec && secret.detail === '') return execCredentials(user, exec, options);
  const certificate = certificateOf(user, options.clock);
  const detail = [secret.detail, certificate ? 'client certificate' : '']
    .filter((part) => part !== '')
    .join(' and ');
  return {
    detail,
    credentials: async () => ({ ...certificate?.read(), ...secret.read() }),
    invalidate: secret.invalidate,
  };
}
