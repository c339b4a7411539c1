/** What a bootstrap says of control planes and of the client. */
export interface BootstrapFields {
  /** `HOST:PORT` of each control plane; of several, Go, C++, Python and Java go on to the next when one cannot be reached. */
  readonly servers: readonly string[];
  /** How the control plane's log calls this client. */
  readonly nodeId: string;
  readonly zone?: string | undefined;
  /** The authority of the control planes' certificates, a file where the client runs; undefined: no TLS. */
  readonly tlsCa?: string | undefined;
  /** A token, a file where the client runs. */
  readonly tokenFile?: string | undefined;
  /** A certificate of the client and its key, files where the client runs. */
  readonly clientCert?: string | undefined;
  readonly clientKey?: string | undefined;
}

/** How a client connects and what it shows: TLS by gRFC A65, a token by gRFC A97. */
function credentialsOf({ tlsCa, tokenFile, clientCert, clientKey }: BootstrapFields): object {
  if (tlsCa === undefined) return { channel_creds: [{ type: 'insecure' }] };
  const config = {
    ca_certificate_file: tlsCa,
    ...(clientCert && { certificate_file: clientCert, private_key_file: clientKey }),
  };
  const token = { type: 'jwt_token_file', config: { jwt_token_file: tokenFile } };
  return {
    channel_creds: [{ type: 'tls', config }],
    ...(tokenFile && { call_creds: [token] }),
  };
}

/**
 * The bootstrap (gRFC A27) that grpc-go, grpc-java, the clients on C-core and grpc-js-xds all accept: Node needs a
 * locality, even an empty one, and `ignore_resource_deletion` (gRFC A53) keeps calls going should a control plane ever
 * say that something is gone. With TLS it is not for Node: grpc-js-xds connects to a control plane in plain text only.
 */
export function bootstrap(fields: BootstrapFields): object {
  const { servers, nodeId, zone } = fields;
  return {
    xds_servers: servers.map((server) => ({
      server_uri: server,
      ...credentialsOf(fields),
      server_features: ['ignore_resource_deletion'],
    })),
    node: { id: nodeId, locality: zone === undefined ? {} : { zone } },
  };
}

const HOST_PORT = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9.]*[A-Za-z0-9])?|\[[0-9a-fA-F:.]+\]):(\d{1,5})$/;

/** Whether it is `HOST:PORT` without a scheme: clients agree on no other form. */
export function isServerAddress(text: string): boolean {
  const port = Number(HOST_PORT.exec(text)?.[1]);
  return port >= 1 && port <= 65_535;
}
