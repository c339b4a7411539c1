// Loaded before a program that knows nothing of it: it ends in order when standard input ends, whoever closed that.
process.stdin.on('error', () => {}).on('close', () => process.kill(process.pid, 'SIGTERM'));
process.stdin.resume();
