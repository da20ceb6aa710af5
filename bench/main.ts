/**
 * npm run bench [-- SECTION...] [--json FILE] [--runs N]: prints a table a section and, with --json, writes the numbers.
 * BENCH_PYTHON=/path/to/python adds Python's safetensors and transformers as peers, BENCH_LLAMA=/folder node-llama-cpp.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { minRuns } from './measure.ts';
import type { BenchContext, BenchRow, BenchSection, SectionResult } from './section.ts';
import { openInThisProcess } from './sections/openOnce.ts';
import { sections } from './sections.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Request {
  readonly chosen: readonly BenchSection[];
  readonly jsonFile: string | null;
  readonly runs: number;
}

function parseRequest(argv: readonly string[]): Request | string {
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: { json: { type: 'string' }, runs: { type: 'string' } },
    allowPositionals: true,
  });
  const runs = Number(values.runs ?? minRuns);
  if (!Number.isInteger(runs) || runs < minRuns) return `--runs takes a whole number from ${minRuns}.`;
  const unknown = positionals.find((name) => !sections.some(({ id }) => id === name));
  if (unknown !== undefined)
    return `There is no section "${unknown}"; known: ${sections.map(({ id }) => id).join(', ')}.`;
  const chosen = positionals.length === 0 ? sections : sections.filter(({ id }) => positionals.includes(id));
  return { chosen, jsonFile: values.json === undefined ? null : resolve(values.json), runs };
}

async function main(argv: readonly string[]): Promise<void> {
  const [first, folder] = argv;
  if (first === '--open-once' && folder !== undefined) {
    process.stdout.write(JSON.stringify(await openInThisProcess(folder)));
    return;
  }
  const request = parseRequest(argv);
  if (typeof request === 'string') {
    process.stderr.write(`bench: ${request}\n`);
    process.exitCode = 2;
    return;
  }
  const context: BenchContext = {
    runs: request.runs,
    cacheFolder: resolve(root, '.cache/bench'),
    say: (line) => process.stderr.write(`bench: ${line}\n`),
  };
  const results: { id: string; title: string; result: SectionResult }[] = [];
  for (const { id, title, run } of request.chosen) {
    context.say(title);
    const result = await run(context);
    results.push({ id, title, result });
    process.stdout.write(tableOf(title, result));
  }
  if (request.jsonFile === null) return;
  mkdirSync(dirname(request.jsonFile), { recursive: true });
  const record = results.map(({ id, title, result }) => ({ id, title, ...result }));
  writeFileSync(request.jsonFile, `${JSON.stringify({ runs: request.runs, sections: record }, null, 2)}\n`);
}

function tableOf(title: string, { rows, facts }: SectionResult): string {
  const medianOf = new Map(rows.map(({ name, value }) => [name, value.median]));
  const shown = (value: number) =>
    value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
  const ratio = ({ against, value }: BenchRow) => {
    const other = against === undefined ? undefined : medianOf.get(against);
    return other === undefined ? '' : `${shown(value.median / other)} x ${against}`;
  };
  const cells = rows.map((row) => [
    row.name,
    `${shown(row.value.median)} ${row.unit}`,
    `${shown(row.value.min)} to ${shown(row.value.max)}`,
    ratio(row),
    row.note ?? '',
  ]);
  const head = ['', 'median', `spread of ${rows[0]?.value.runs ?? 0}`, 'ratio', ''];
  const widths = head.map((text, at) => Math.max(text.length, ...cells.map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) => (at === 1 || at === 2 ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd();
  return `\n${title}\n${facts.map((fact) => `  ${fact}\n`).join('')}${[head, ...cells].map(line).join('\n')}\n`;
}

await main(process.argv.slice(2));
