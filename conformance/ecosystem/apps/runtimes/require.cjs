const { register } = require('@fairlead/client');
const { run } = require('./echo.cjs');

register();
run();
