/**
 * llamaDecode.mjs FOLDER GGUF THREADS RUNS NEW_TOKENS IDS: greedy decoding by the node-llama-cpp that is installed in FOLDER,
 * with all threads and with one. The token that comes out of the prompt is not timed.
 * Prints {version, decodes: [{name, note, ids, rates}]} as its last line, rates in tokens/s.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder = '', modelPath = '', ...numbers] = process.argv.slice(2);
const [threads = 1, runs = 1, newTokens = 1] = numbers.map(Number);
const ids = JSON.parse(process.argv.at(-1) ?? '[]');
const peer = join(folder, 'node_modules/node-llama-cpp');
const { getLlama } = await import(pathToFileURL(join(peer, 'dist/index.js')).href);

const llama = await getLlama({
  gpu: false,
  build: 'never',
  skipDownload: true,
  maxThreads: threads,
  logLevel: 'error',
});
const model = await llama.loadModel({ modelPath });

async function decode(sequence) {
  await sequence.clearHistory();
  const found = [];
  let begin = 0;
  for await (const token of sequence.evaluate(ids, { temperature: 0 })) {
    found.push(token);
    if (found.length === 1) begin = performance.now();
    if (found.length === newTokens) break;
  }
  return { found, rate: ((found.length - 1) / (performance.now() - begin)) * 1000 };
}

const decodes = [];
for (const count of new Set([threads, 1])) {
  const context = await model.createContext({ contextSize: ids.length + newTokens + 1, threads: count });
  const sequence = context.getSequence();
  await decode(sequence);
  const all = [];
  for (let run = 0; run < runs; run++) all.push(await decode(sequence));
  await context.dispose();
  decodes.push({
    name: `${count} thread${count > 1 ? 's' : ''}`,
    note: 'bf16 as stored, activations rounded to bf16 in products',
    ids: all[0].found,
    rates: all.map(({ rate }) => rate),
  });
}
const { version } = JSON.parse(readFileSync(join(peer, 'package.json'), 'utf8'));
const release = llama.llamaCppRelease.release;
process.stdout.write(`${JSON.stringify({ version: `node-llama-cpp ${version}, llama.cpp ${release}`, decodes })}\n`);
await llama.dispose();
