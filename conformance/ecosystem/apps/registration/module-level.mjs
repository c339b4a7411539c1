// The client is made while this module's imports are evaluated, before any statement of the application.
import { call } from './client.mjs';

await call();
