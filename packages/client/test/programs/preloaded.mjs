// The client is made by an import, before any statement of this file runs; `--import @fairlead/client/register` helps.
import echo from './echo.cjs';

process.stdout.write((await echo.spread('k8s:///svc.ns', Number(process.argv[2]))).join(' '));
