// How every application here shows what it does: a line per call, which pod answered or why none did.

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function callOnce(say) {
  try {
    process.stdout.write(`pod ${await say()}\n`);
  } catch (error) {
    process.stdout.write(`failed ${error.message}\n`);
  }
}

/** Calls until standard input ends. */
exports.keepCalling = async function keepCalling(say) {
  let open = true;
  process.stdin.on('end', () => {
    open = false;
  });
  process.stdin.resume();
  while (open) {
    await callOnce(say);
    await pause(3);
  }
};

/** Calls so many times. */
exports.callTimes = async function callTimes(say, times) {
  for (let i = 0; i < times; i++) await callOnce(say);
};
