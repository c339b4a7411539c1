import { register } from '@fairlead/client';

register({ policy: 'roundRobin' });
