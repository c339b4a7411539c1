const { peerAttributes, register } = require('@fairlead/client');
const { run } = require('./echo-once.cjs');

register();
void run({ interceptors: [peerAttributes()] });
