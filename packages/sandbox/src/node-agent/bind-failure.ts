/** What the end of a program's error output says about a port that it could not bind; undefined: nothing. */
export function bindFailure(stderr: string, podIP: string): string | undefined {
  if (/EADDRINUSE|address already in use|Address in use/i.test(stderr)) {
    if (stderr.includes(podIP))
      return `the port is taken at the pod's address ${podIP}: another container of the pod, or another process of this one, listens there`;
    return `the port is taken: pods of the sandbox share one network, so a program must listen on $POD_IP (${podIP}); only Node.js programs may listen on 0.0.0.0`;
  }
  const denied = /EACCES|permission denied/i.test(stderr) && /listen|bind/i.test(stderr);
  if (!denied) return undefined;
  return 'the port may not be bound: ports below 1024 need root here (net.ipv4.ip_unprivileged_port_start), choose one from 1024 on';
}
