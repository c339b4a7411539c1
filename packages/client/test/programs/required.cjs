const { register } = require('@fairlead/client');
const { spread } = require('./echo.cjs');

register();
spread('k8s:///svc.ns', Number(process.argv[2])).then((pods) => process.stdout.write(pods.join(' ')));
