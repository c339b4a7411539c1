async function main() {
  const { register } = await import('@fairlead/client');
  register();
  await require('./echo.cjs').run();
}

void main();
