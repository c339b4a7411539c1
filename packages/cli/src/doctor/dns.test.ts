import { expect, it } from 'vitest';
import { type AddressResolver, checkDns } from './dns.js';

const NAME = 'serv-ca.nspace.svc.cluster.local';
const refusal = (code: string) => Promise.reject(Object.assign(new Error(code), { code }));

function resolver(v4: string[] | string, v6: string[] | string = 'ENODATA'): AddressResolver {
  const answer = (said: string[] | string) =>
    typeof said === 'string' ? refusal(said) : Promise.resolve(said);
  return { resolve4: () => answer(v4), resolve6: () => answer(v6) };
}

it.each([
  [
    true,
    ['10.0.0.1', '10.0.0.2'],
    resolver(['10.0.0.2', '10.0.0.1']),
    `DNS answers ${NAME} with the addresses of the 2 ready pods`,
  ],
  [
    undefined,
    ['fd00::1'],
    resolver('ENODATA', ['fd00::1']),
    `DNS answers ${NAME} with the addresses of the 1 ready pods`,
  ],
  [
    true,
    ['10.0.0.1', '10.0.0.2'],
    resolver(['10.0.0.1', '10.0.0.9']),
    `DNS answers ${NAME} with 2 addresses, 1 of them of the 2 ready pods: clients of dns:/// do not know them all`,
  ],
  [
    false,
    ['10.0.0.1'],
    resolver(['10.96.0.7']),
    `DNS answers ${NAME} with 10.96.0.7: behind that, all calls of a dns:/// connection stay on one pod`,
  ],
  [
    true,
    ['10.0.0.1'],
    resolver('ENOTFOUND', 'ENOTFOUND'),
    `DNS does not know ${NAME} from here (ENOTFOUND): dns:/// would fail, k8s:/// does not need it`,
  ],
  [
    true,
    ['10.0.0.1'],
    resolver([], []),
    `DNS does not know ${NAME} from here (ENODATA): dns:/// would fail, k8s:/// does not need it`,
  ],
])('headless %s, ready %j: tells what DNS says and judges nothing', async (headless, ready, dns, text) => {
  expect(await checkDns({ name: NAME, headless, ready }, dns)).toEqual({ id: 'dns', ok: true, text });
});
