// The preload registered; what the application says still counts, as no client has been made.
import { register } from '@fairlead/client';
import echo from './echo.cjs';

register({ policy: 'roundRobin' });
await echo.run();
