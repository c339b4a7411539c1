/** What a bootstrap says of control planes and of the client. */
export interface BootstrapFields {
  /** `HOST:PORT` of each control plane; of several, Go, C++, Python and Java go on to the next when one cannot be reached. */
  readonly servers: readonly string[];
  /** How the control plane's log calls this client. */
  readonly nodeId: string;
  readonly zone?: string | undefined;
}

/**
 * The bootstrap (gRFC A27) that grpc-go, grpc-java, the clients on C-core and grpc-js-xds all accept: Node needs a
 * locality, even an empty one, and `ignore_resource_deletion` (gRFC A53) keeps calls going should a control plane ever
 * say that something is gone.
 */
export function bootstrap({ servers, nodeId, zone }: BootstrapFields): object {
  return {
    xds_servers: servers.map((server) => ({
      server_uri: server,
      channel_creds: [{ type: 'insecure' }],
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
