import { describe, expect, it } from 'vitest';
import { type BootstrapFields, bootstrap, isServerAddress } from './bootstrap.js';

describe('bootstrap', () => {
  it('names every control plane, the node, and a locality even if it is empty', () => {
    expect(bootstrap({ servers: ['127.0.0.1:18000', 'xds.ops:18000'], nodeId: 'n' })).toEqual({
      xds_servers: ['127.0.0.1:18000', 'xds.ops:18000'].map((server) => ({
        server_uri: server,
        channel_creds: [{ type: 'insecure' }],
        server_features: ['ignore_resource_deletion'],
      })),
      node: { id: 'n', locality: {} },
    });
    expect(bootstrap({ servers: [], nodeId: 'n', zone: 'z' })).toMatchObject({
      node: { locality: { zone: 'z' } },
    });
  });
});

describe('bootstrap with TLS', () => {
  const serverOf = (fields: Partial<BootstrapFields>) => {
    const file = bootstrap({ servers: ['xds.ops:18000'], nodeId: 'n', tlsCa: '/ca.crt', ...fields });
    return (file as { readonly xds_servers: readonly object[] }).xds_servers[0];
  };

  it('checks the control plane, and shows nothing that it was not given', () => {
    expect(serverOf({})).toEqual({
      server_uri: 'xds.ops:18000',
      channel_creds: [{ type: 'tls', config: { ca_certificate_file: '/ca.crt' } }],
      server_features: ['ignore_resource_deletion'],
    });
  });

  it('shows a token, or a certificate', () => {
    expect(serverOf({ tokenFile: '/token' })).toMatchObject({
      call_creds: [{ type: 'jwt_token_file', config: { jwt_token_file: '/token' } }],
    });
    expect(serverOf({ clientCert: '/tls.crt', clientKey: '/tls.key' })).toMatchObject({
      channel_creds: [{ config: { certificate_file: '/tls.crt', private_key_file: '/tls.key' } }],
    });
  });
});

describe('isServerAddress', () => {
  it.each(['127.0.0.1:18000', 'localhost:1', 'xds.ops.svc.cluster.local:18000', '[::1]:18000'])(
    'accepts %s',
    (text) => expect(isServerAddress(text)).toBe(true),
  );

  it.each([
    '',
    '127.0.0.1',
    'http://127.0.0.1:18000',
    'dns:///xds:18000',
    'a:0',
    'a:65536',
    'a b:1',
    '::1:18000',
  ])('refuses %j', (text) => expect(isServerAddress(text)).toBe(false));
});
