import { register } from '@fairlead/client';
import { Etcd3 } from 'etcd3';

register();
const client = new Etcd3({ hosts: 'k8s:///serv-ca.nspace:8088' });
const text = await client.get('x').then(String, (error) => error.message);
process.stdout.write(text);
client.close();
