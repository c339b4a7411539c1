const { register } = require('@fairlead/client');

try {
  register();
} catch (error) {
  process.stdout.write(`${error.code}: ${error.message}`);
}
