/** `npm run -s cli -- check|plan|load|...`: builds what is missing (told on stderr), then hands over to the CLI. */
import { spawnSync } from 'node:child_process';
import { builtCli } from './ensureBuild.mjs';
import { runMain } from './progress.mjs';
import { ensureAll } from './setup.mjs';

/** Only these read weights; the others work without a compiler on the machine. */
const nativeCommands = new Set(['load', 'generate', 'forward']);

await runMain(async () => {
  const args = process.argv.slice(2);
  await ensureAll(nativeCommands.has(args[0] ?? '') ? ['native', 'cli'] : ['cli'], { quietWhenDone: true });
  const { status, signal, error } = spawnSync(process.execPath, [builtCli, ...args], { stdio: 'inherit' });
  if (error) throw error;
  if (signal !== null && signal !== 'SIGINT') process.stderr.write(`draftscope: ended by ${signal}.\n`);
  return status ?? 1;
});
