// The same for ES modules, whose imports need a hook.
import { register } from 'node:module';

register('@opentelemetry/instrumentation/hook.mjs', import.meta.url);
await import('./otel.cjs');
