// A process in which grpc-js resolves one target by its own DNS resolver: the variable that chooses it is read on import.
import { Client, credentials } from '@grpc/grpc-js';

const [target = ''] = process.argv.slice(2);
const client = new Client(target, credentials.createInsecure(), {
  // The TXT record would be a third question.
  'grpc.service_config_disable_resolution': 1,
});
client.getChannel().getConnectivityState(true);
process.on('disconnect', () => process.exit());
