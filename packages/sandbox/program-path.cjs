'use strict';
const { join } = require('node:path');

// CommonJS, because Jest runs no module that learns where it is from `import.meta`.
exports.programPath = (file) => join(__dirname, 'dist', file);
