import { register } from '@fairlead/client';
import echo from './echo.cjs';

register();
await echo.run();
