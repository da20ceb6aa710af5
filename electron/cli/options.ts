/** Command line -> a checked request. Options are named as the serving engine names them. */
import { parseArgs } from 'node:util';
import {
  type Alternative,
  alternatives,
  type DeviceChoice,
  type ParallelConfig,
  type Predictor,
  type SamplingParams,
  singleRank,
} from '../common/domain.ts';
import { FailureError } from '../common/failure.ts';
import type { ForwardRequest } from '../engine/session/forwardRun.ts';
import { draftsOf, usualSpelling } from './engineSpellings.ts';

export const usage = `Usage: draftscope <command> <checkpoint> [options]

  check      the verdict and the findings; for scripts
  plan       what the reference loader would do with every tensor; plan --tensors CASE.json takes names, shapes,
             dtypes and a config from one file instead of a folder
  explain    the rules that one tensor meets: draftscope explain <checkpoint> <tensor>
  load       read the weights of one rank into memory
  generate   decode a prompt speculatively
  headers    names, shapes and config into one file that check, plan, explain and the window open: --out FILE
  forward    one pass over ids; hidden states, logits and routing of the target and every MTP layer into a file

Set-up (all commands)
  --tensor-parallel-size N, -tp    tensor-parallel ranks (1)
  --data-parallel-size N, -dp      data-parallel ranks (1)
  --enable-expert-parallel, -ep    spread whole experts over the ranks instead of cutting each
  --expert-placement-strategy S    linear | round_robin (linear)
  --rank R                         the rank to look at: data-parallel rank x tensor-parallel size + tensor-parallel rank (0)
  --all-ranks                      explain: what every rank of the set-up does with the tensor
  --all2all-backend NAME           how experts are reached across data-parallel ranks (allgather_reducescatter)
  --enable-eplb                    redundant experts are balanced over the ranks
  --num-redundant-experts N        copies of experts beside the originals (0)
  --fused-shared-experts           shared experts are loaded as further routed experts (ROCm, AITER)
  --no-mla                         plain attention instead of latent attention
  --speculative-config JSON        the engine's own; num_speculative_tokens is taken from it, method must be MTP
  --json                           the result as JSON

check
  --read-all                       read every byte of every tensor; without it values are sampled, 64 MiB in all

load
  --statistics                     count NaN, Inf, zeros, range, means and exponents of every parameter while it is read

load, generate, forward
  --threads N                      threads; 0 = one per core (0)
  --device D                       auto | cpu | cuda:N; auto = the first CUDA device, else the CPU (cpu)

generate
  --prompt TEXT                    the text to go on from
  --prompt-ids 1,2,3               token ids instead of text
  --max-tokens N                   new tokens at most (48)
  --num-speculative-tokens K       drafts a step; 0 = plain decoding (number of MTP layers)
  --predictor P                    modules | reference-engine (modules)
  --alt VARIANT                    feeds the MTP layers as other engines do, may be repeated: mask_pos0 | chain_postnorm |
                                   main_prenorm (see forward); at temperature 0 the text stays the same
  --temperature T                  0 = greedy (0)
  --top-k N                        only the N best tokens; 0 = all (0)
  --top-p P                        only the most probable tokens that make up this share; 1 = all (1)
  --seed N                         same seed, same run; chosen at random and told without it

headers
  --out FILE                       where to, not in the checkpoint's own folder; the other commands take it as checkpoint

forward
  Refuses a checkpoint with a blocker, but for what stops the reference alone while the files hold every weight: absent
  copies of embedding and head, a tied head, sizes that fused fp8 parameters can't hold, absent expert or group counts.
  That is told first, then computed. Files beside model.safetensors that hold no weights are left out, and named.
  --ids 1,2,3                      token ids
  --positions 0,1,2                rotary position of each id (0, 1, 2, ...)
  --out FILE.safetensors           where to, not in the checkpoint's own folder
  --alt VARIANT                    also logits of a variant, may be repeated: mask_pos0 (embedding zeroed at position 0) |
                                   chain_postnorm (modules fed after shared_head.norm) | main_prenorm (before model.norm)

Exit codes: 0 done, 2 something is wrong with the input (one sentence and a hint on stderr), 1 a fault of Draftscope;
of check: 0 nothing of severity blocker or silent was found, 1 something was, 2 the checkpoint can't be read.
`;

const commandNames = ['check', 'plan', 'explain', 'load', 'generate', 'forward', 'headers'] as const;

/** Commands that open a device. */
const judges: readonly (typeof commandNames)[number][] = ['check', 'plan'];
const computes: readonly (typeof commandNames)[number][] = ['load', 'generate', 'forward'];

export interface CliRequest {
  readonly command: (typeof commandNames)[number];
  /** '' when tensorsFile is given. */
  readonly checkpoint: string;
  /** plan --tensors: a case without files; '' for a checkpoint folder. */
  readonly tensorsFile: string;
  /** Name of the tensor to explain; '' for other commands. */
  readonly tensor: string;
  /** explain: every rank of the set-up, not one. */
  readonly allRanks: boolean;
  readonly json: boolean;
  /** check: values are read whole instead of sampled. */
  readonly readAll: boolean;
  /** load: values are counted while they are read. */
  readonly statistics: boolean;
  readonly parallel: ParallelConfig;
  readonly threads: number;
  readonly device: DeviceChoice;
  readonly prompt: string;
  readonly promptIds: number[] | undefined;
  readonly maxTokens: number;
  /** undefined: as many as the checkpoint has MTP layers. */
  readonly numSpeculativeTokens: number | undefined;
  readonly predictor: Predictor;
  /** generate: departures from how the checkpoint was trained. */
  readonly alternatives: readonly Alternative[];
  /** Without a seed where none was given. */
  readonly sampling: Omit<SamplingParams, 'seed'> & { readonly seed: number | undefined };
  /** Where `headers` writes; '' for other commands. */
  readonly headersOut: string;
  /** null for other commands. */
  readonly forward: (ForwardRequest & { readonly out: string }) | null;
}

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

const generateOnly = [
  'prompt',
  'prompt-ids',
  'max-tokens',
  'num-speculative-tokens',
  'predictor',
  'temperature',
  'top-k',
  'top-p',
  'seed',
] as const;
const forwardOnly = ['ids', 'positions'] as const;

/**
 * @returns null when help was asked for
 * @throws FailureError badOption
 */
export function parseOptions(argv: readonly string[]): CliRequest | null {
  const { values, positionals } = parse(argv);
  if (values.help === true || positionals[0] === 'help') return null;
  const command = commandNames.find((name) => name === positionals[0]);
  if (command === undefined) {
    throw bad(positionals[0] === undefined ? 'A command is missing.' : `There is no command "${positionals[0]}".`);
  }
  const checkpoint = positionals[1];
  const tensorsFile = values.tensors ?? '';
  if (tensorsFile !== '') {
    if (command !== 'plan') throw bad(`--tensors belongs to "plan", not to "${command}".`);
    if (checkpoint !== undefined) throw bad('Give a checkpoint folder or --tensors CASE.json, not both.');
  } else if (checkpoint === undefined || checkpoint === '')
    throw bad(`"${command}" needs the path of a checkpoint folder.`);
  const tensor = command === 'explain' ? positionals[2] : '';
  if (tensor === undefined) throw bad('"explain" needs the name of a tensor after the checkpoint.');
  const stop = command === 'explain' ? 3 : 2;
  if (positionals.length > stop) throw bad(`"${positionals[stop]}" is one argument too many.`);
  if (command !== 'generate') {
    const stray = generateOnly.find((name) => values[name] !== undefined);
    if (stray !== undefined) throw bad(`--${stray} belongs to "generate", not to "${command}".`);
  }
  if (command !== 'forward') {
    const stray = forwardOnly.find((name) => values[name] !== undefined);
    if (stray !== undefined) throw bad(`--${stray} belongs to "forward", not to "${command}".`);
  }
  if (command !== 'forward' && command !== 'generate' && values.alt !== undefined)
    throw bad(`--alt belongs to "generate" and "forward", not to "${command}".`);
  if (command !== 'forward' && command !== 'headers' && values.out !== undefined)
    throw bad(`--out belongs to "forward" and "headers", not to "${command}".`);
  const headersOut = command === 'headers' ? (values.out ?? '') : '';
  if (command === 'headers' && headersOut === '') throw bad('"headers" needs --out FILE.');
  const configured = values['speculative-config'] === undefined ? undefined : draftsOf(values['speculative-config']);
  if (values.device !== undefined && !computes.includes(command))
    throw bad(`--device belongs to "load", "generate" and "forward", not to "${command}".`);
  if (values['all-ranks'] === true && command !== 'explain')
    throw bad(`--all-ranks belongs to "explain", not to "${command}".`);
  if (values['read-all'] === true && command !== 'check')
    throw bad(`--read-all belongs to "check", not to "${command}".`);
  if (values.statistics === true && command !== 'load')
    throw bad(`--statistics belongs to "load", not to "${command}".`);
  const threads = integer(values.threads, 'threads', 0, 256) ?? 0;
  return {
    command,
    checkpoint: checkpoint ?? '',
    tensorsFile,
    tensor,
    allRanks: values['all-ranks'] === true,
    json: values.json === true,
    readAll: values['read-all'] === true,
    statistics: values.statistics === true,
    // What Draftscope runs itself is not bound to what the engine accepts.
    parallel: judges.includes(command)
      ? { ...parallelOf(values), numSpeculativeTokens: configured }
      : parallelOf(values),
    threads,
    device: deviceOf(values.device),
    ...(command === 'generate' ? promptOf(values) : { prompt: '', promptIds: undefined }),
    maxTokens: integer(values['max-tokens'], 'max-tokens', 1, 100_000) ?? 48,
    numSpeculativeTokens: integer(values['num-speculative-tokens'], 'num-speculative-tokens', 0, 32) ?? configured,
    headersOut,
    predictor:
      choice(values.predictor, 'predictor', { modules: 'modules', 'reference-engine': 'referenceEngine' }) ?? 'modules',
    alternatives: alternativesOf(values),
    sampling: samplingOf(values),
    forward: command === 'forward' ? forwardOf(values) : null,
  };
}

type Values = ReturnType<typeof parse>['values'];

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: usualSpelling(argv), options: optionTable, allowPositionals: true, strict: true });
  } catch (error) {
    throw bad(`${(error as Error).message.split('\n')[0]?.replace(/\. To specify.*$/, '')}.`.replace(/\.\.$/, '.'));
  }
}

function parallelOf(values: Values): ParallelConfig {
  const tensorParallelSize = integer(values['tensor-parallel-size'], 'tensor-parallel-size', 1, 1024) ?? 1;
  const dataParallelSize = integer(values['data-parallel-size'], 'data-parallel-size', 1, 1024) ?? 1;
  const ranks = tensorParallelSize * dataParallelSize;
  const rank = integer(values.rank, 'rank', 0, Number.MAX_SAFE_INTEGER) ?? 0;
  if (rank >= ranks) {
    throw bad(
      `--rank ${rank} is not there: ${tensorParallelSize} tensor-parallel x ${dataParallelSize} data-parallel ranks are 0 to ${ranks - 1}.`,
    );
  }
  const strategy = choice(values['expert-placement-strategy'], 'expert-placement-strategy', {
    linear: 'linear',
    round_robin: 'roundRobin',
  } as const);
  return {
    ...singleRank,
    tensorParallelSize,
    dataParallelSize,
    enableExpertParallel: values['enable-expert-parallel'] === true,
    expertPlacementStrategy: strategy ?? 'linear',
    rank,
    all2allBackend: values['all2all-backend'] ?? singleRank.all2allBackend,
    enableEplb: values['enable-eplb'] === true,
    numRedundantExperts: integer(values['num-redundant-experts'], 'num-redundant-experts', 0, 16_384) ?? 0,
    aiterFusedMoe: values['fused-shared-experts'] === true,
    aiterFusedSharedExperts: values['fused-shared-experts'] === true,
    useMla: values['no-mla'] !== true,
  };
}

function promptOf(values: Values): { prompt: string; promptIds: number[] | undefined } {
  const text = values.prompt;
  const idText = values['prompt-ids'];
  if (text !== undefined && idText !== undefined) throw bad('Give --prompt or --prompt-ids, not both.');
  if (idText === undefined) {
    if (text === undefined) throw bad('"generate" needs --prompt TEXT or --prompt-ids 1,2,3.');
    return { prompt: text, promptIds: undefined };
  }
  const promptIds = idText.split(',').map((part) => integer(part.trim(), 'prompt-ids', 0, 2 ** 31 - 1) ?? 0);
  return { prompt: '', promptIds };
}

function samplingOf(values: Values): CliRequest['sampling'] {
  return {
    temperature:
      decimal(values.temperature, 'temperature', (value) => value >= 0 && value <= 100, 'from 0 to 100') ?? 0,
    topK: integer(values['top-k'], 'top-k', 0, 2 ** 31 - 1) ?? 0,
    topP: decimal(values['top-p'], 'top-p', (value) => value > 0 && value <= 1, 'above 0 and up to 1') ?? 1,
    seed: integer(values.seed, 'seed', 0, Number.MAX_SAFE_INTEGER),
  };
}

function decimal(
  text: string | undefined,
  name: string,
  fits: (value: number) => boolean,
  range: string,
): number | undefined {
  if (text === undefined) return undefined;
  const value = /^(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
  if (!fits(value)) throw bad(`--${name} takes a number ${range}, not "${text}".`);
  return value;
}

function forwardOf(values: Values): ForwardRequest & { out: string } {
  if (values.ids === undefined) throw bad('"forward" needs --ids 1,2,3.');
  if (values.out === undefined || values.out === '') throw bad('"forward" needs --out FILE.safetensors.');
  const list = (text: string, name: string) =>
    text.split(',').map((part) => integer(part.trim(), name, 0, 2 ** 31 - 1) ?? 0);
  return {
    ids: list(values.ids, 'ids'),
    positions: values.positions === undefined ? null : list(values.positions, 'positions'),
    out: values.out,
    alternatives: alternativesOf(values),
  };
}

function alternativesOf(values: Values): Alternative[] {
  const variants = (values.alt ?? []).flatMap((text) => text.split(','));
  const known = Object.fromEntries(alternatives.map((name) => [name, name])) as Record<string, Alternative>;
  return [...new Set(variants.map((text) => choice(text, 'alt', known) as Alternative))];
}

function deviceOf(text: string | undefined): DeviceChoice {
  if (text === undefined || text === 'cpu') return { kind: 'cpu' };
  if (text === 'auto') return { kind: 'auto' };
  const index = /^cuda(?::(\d{1,4}))?$/.exec(text);
  if (index === null) throw bad(`--device takes auto, cpu or cuda:N, not "${text}".`);
  return { kind: 'cuda', index: Number(index[1] ?? 0) };
}

function integer(text: string | undefined, name: string, low: number, high: number): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= low && value <= high)) {
    const range = high >= 2 ** 31 - 1 ? `a whole number from ${low}` : `a whole number from ${low} to ${high}`;
    throw bad(`--${name} takes ${range}, not "${text}".`);
  }
  return value;
}

function choice<T extends string>(
  text: string | undefined,
  name: string,
  table: Readonly<Record<string, T>>,
): T | undefined {
  if (text === undefined) return undefined;
  const value = Object.hasOwn(table, text) ? table[text] : undefined;
  if (value === undefined) throw bad(`--${name} takes ${Object.keys(table).join(' or ')}, not "${text}".`);
  return value;
}

function bad(message: string): FailureError {
  return new FailureError('badOption', message);
}
