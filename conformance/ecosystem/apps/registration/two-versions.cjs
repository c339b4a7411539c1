// Another version of the client, nested, on the same grpc-js.
const { createRequire } = require('node:module');
const { join } = require('node:path');

createRequire(join(__dirname, 'other', 'x.js'))('@fairlead/client').register();
require('@fairlead/client').register();
void require('./echo.cjs').run();
