/** Entry of the command line. */
import { once } from 'node:events';
import { runCli } from './runCli.ts';

let isClosed = false;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader that closes early (`| head`) is no fault: the command ends quietly, with its own exit code.
  if (error.code !== 'EPIPE') process.exit(1);
  isClosed = true;
});

const interruption = new AbortController();
// Once: a second Ctrl-C ends the process at once.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort());

process.exitCode = await runCli(process.argv.slice(2), {
  async result(text) {
    if (isClosed || process.stdout.write(text)) return;
    // 'close' follows an error: nobody waits for a reader that is gone.
    await Promise.race([once(process.stdout, 'drain'), once(process.stdout, 'close')]).catch(() => undefined);
  },
  get isClosed() {
    return isClosed;
  },
  interrupted: interruption.signal,
  note: (text) => void process.stderr.write(text),
  interactive: process.stderr.isTTY === true,
});
