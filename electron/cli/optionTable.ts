/** Every option, and the commands that it belongs to. */
import { parseArgs } from 'node:util';
import { type CliCommand, commandNames } from './cliRequest.ts';
import { usualSpelling } from './engineSpellings.ts';
import { bad } from './optionValues.ts';

const optionTable = {
  'tensor-parallel-size': { type: 'string' },
  'data-parallel-size': { type: 'string' },
  'enable-expert-parallel': { type: 'boolean' },
  'expert-placement-strategy': { type: 'string' },
  rank: { type: 'string' },
  'all-ranks': { type: 'boolean' },
  'all2all-backend': { type: 'string' },
  'enable-eplb': { type: 'boolean' },
  'num-redundant-experts': { type: 'string' },
  'fused-shared-experts': { type: 'boolean' },
  'no-mla': { type: 'boolean' },
  'share-embed-head': { type: 'boolean' },
  tensors: { type: 'string' },
  json: { type: 'boolean' },
  'read-all': { type: 'boolean' },
  statistics: { type: 'boolean' },
  threads: { type: 'string' },
  device: { type: 'string' },
  prompt: { type: 'string' },
  'prompt-ids': { type: 'string' },
  'max-tokens': { type: 'string' },
  'num-speculative-tokens': { type: 'string' },
  'speculative-config': { type: 'string' },
  predictor: { type: 'string' },
  temperature: { type: 'string' },
  'top-k': { type: 'string' },
  'top-p': { type: 'string' },
  seed: { type: 'string' },
  ids: { type: 'string' },
  positions: { type: 'string' },
  out: { type: 'string' },
  alt: { type: 'string', multiple: true },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Commands that open a device. */
const computes: readonly CliCommand[] = ['load', 'generate', 'forward'];
const generate: readonly CliCommand[] = ['generate'];
const forward: readonly CliCommand[] = ['forward'];

/** The others describe a set-up, and belong to all. */
const belongsTo: Partial<Record<keyof typeof optionTable, readonly CliCommand[]>> = {
  tensors: ['plan'],
  prompt: generate,
  'prompt-ids': generate,
  'max-tokens': generate,
  'num-speculative-tokens': generate,
  predictor: generate,
  temperature: generate,
  'top-k': generate,
  'top-p': generate,
  seed: generate,
  ids: forward,
  positions: forward,
  alt: ['generate', 'forward'],
  out: ['forward', 'headers'],
  threads: computes,
  device: computes,
  'all-ranks': ['explain'],
  'read-all': ['check'],
  statistics: ['load'],
  'share-embed-head': ['check', 'plan', ...computes],
};

export type OptionValues = ReturnType<typeof parseValues>['values'];

/** @throws FailureError badOption */
export function parseValues(argv: readonly string[]) {
  try {
    return parseArgs({
      args: withValuesJoined(usualSpelling(argv)),
      options: optionTable,
      allowPositionals: true,
      strict: true,
    });
  } catch (error) {
    const [line = ''] = (error as Error).message.split('\n');
    throw bad(`${line.replace(/\. To specify.*$/, '')}.`.replace(/\.\.$/, '.'));
  }
}

/** A value that begins with a dash and a digit is a number of the wrong sign, and judged as one. */
function withValuesJoined(argv: readonly string[]): string[] {
  const joined: string[] = [];
  for (const argument of argv) {
    const last = joined.at(-1) ?? '';
    const name = last.replace(/^--/, '');
    const takesValue = last !== name && Object.hasOwn(optionTable, name);
    if (takesValue && /^-\.?\d/.test(argument) && optionTable[name as keyof typeof optionTable].type === 'string')
      joined[joined.length - 1] = `${last}=${argument}`;
    else joined.push(argument);
  }
  return joined;
}

/** @throws FailureError badOption: an option that belongs to other commands */
export function refuseStrayOptions(values: OptionValues, command: CliCommand): void {
  for (const [name, commands] of Object.entries(belongsTo)) {
    if (values[name as keyof OptionValues] === undefined || commands.includes(command)) continue;
    throw bad(`--${name} belongs to ${listText(commands)}, not to "${command}".`);
  }
}

function listText(commands: readonly CliCommand[]): string {
  const quoted = commandNames.filter((name) => commands.includes(name)).map((name) => `"${name}"`);
  return quoted.length === 1 ? (quoted[0] ?? '') : `${quoted.slice(0, -1).join(', ')} and ${quoted.at(-1)}`;
}
