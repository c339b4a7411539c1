import './client.mjs';
import { register } from '@fairlead/client';

register({ policy: 'roundRobin' });
