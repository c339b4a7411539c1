import { register } from '@fairlead/client';
import echo from './echo.cjs';

register({ policy: 'roundRobin' });
register({ policy: 'roundRobin' });
await echo.run();
