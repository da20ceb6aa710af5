/** Command line -> a checked request. Options are named as the serving engine names them. */
import {
  type Alternative,
  alternatives,
  type DeviceChoice,
  type ParallelConfig,
  singleRank,
} from '../common/domain.ts';
import { type CliCommand, type CliRequest, commandNames, type ForwardCommand } from './cliRequest.ts';
import { draftsOf } from './engineSpellings.ts';
import { type OptionValues, parseValues, refuseStrayOptions } from './optionTable.ts';
import { bad, choice, decimal, integer, integers } from './optionValues.ts';

/** What Draftscope runs itself is not bound to what the engine accepts. */
const judges: readonly CliCommand[] = ['check', 'plan'];

/**
 * @returns null when help was asked for
 * @throws FailureError badOption
 */
export function parseOptions(argv: readonly string[]): CliRequest | null {
  const { values, positionals } = parseValues(argv);
  if (values.help === true || positionals[0] === 'help') return null;
  const command = commandNames.find((name) => name === positionals[0]);
  if (command === undefined) {
    throw bad(positionals[0] === undefined ? 'A command is missing.' : `There is no command "${positionals[0]}".`);
  }
  const checkpoint = positionals[1];
  const tensorsFile = values.tensors ?? '';
  refuseStrayOptions(values, command);
  if (values.tensors !== undefined) {
    if (tensorsFile === '') throw bad('--tensors needs the path of a case file.');
    if (checkpoint !== undefined) throw bad('Give a checkpoint folder or --tensors CASE.json, not both.');
  } else if (checkpoint === undefined || checkpoint === '')
    throw bad(`"${command}" needs the path of a checkpoint folder.`);
  const tensor = command === 'explain' ? positionals[2] : '';
  if (command === 'explain' && (tensor === undefined || tensor === ''))
    throw bad('"explain" needs the name of a tensor after the checkpoint.');
  const stop = command === 'explain' ? 3 : 2;
  if (positionals.length > stop) throw bad(`"${positionals[stop]}" is one argument too many.`);
  const headersOut = command === 'headers' ? (values.out ?? '') : '';
  if (command === 'headers' && headersOut === '') throw bad('"headers" needs --out FILE.');
  const configured = values['speculative-config'] === undefined ? undefined : draftsOf(values['speculative-config']);
  const threads = integer(values.threads, 'threads', 0, 256) ?? 0;
  return {
    command,
    checkpoint: checkpoint ?? '',
    tensorsFile,
    tensor: tensor ?? '',
    allRanks: values['all-ranks'] === true,
    json: values.json === true,
    readAll: values['read-all'] === true,
    statistics: values.statistics === true,
    parallel: judges.includes(command)
      ? { ...parallelOf(values), numSpeculativeTokens: configured }
      : parallelOf(values),
    sharesTables: values['share-embed-head'] === true,
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

function parallelOf(values: OptionValues): ParallelConfig {
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

function promptOf(values: OptionValues): { prompt: string; promptIds: number[] | undefined } {
  const text = values.prompt;
  const idText = values['prompt-ids'];
  if (text !== undefined && idText !== undefined) throw bad('Give --prompt or --prompt-ids, not both.');
  if (idText === undefined) {
    if (text === undefined) throw bad('"generate" needs --prompt TEXT or --prompt-ids 1,2,3.');
    return { prompt: text, promptIds: undefined };
  }
  const promptIds = integers(idText, 'prompt-ids');
  return { prompt: '', promptIds };
}

function samplingOf(values: OptionValues): CliRequest['sampling'] {
  return {
    temperature:
      decimal(values.temperature, 'temperature', (value) => value >= 0 && value <= 100, 'from 0 to 100') ?? 0,
    topK: integer(values['top-k'], 'top-k', 0, 2 ** 31 - 1) ?? 0,
    topP: decimal(values['top-p'], 'top-p', (value) => value > 0 && value <= 1, 'above 0 and up to 1') ?? 1,
    seed: integer(values.seed, 'seed', 0, Number.MAX_SAFE_INTEGER),
  };
}

function forwardOf(values: OptionValues): ForwardCommand {
  if (values.ids === undefined) throw bad('"forward" needs --ids 1,2,3.');
  if (values.out === undefined || values.out === '') throw bad('"forward" needs --out FILE.safetensors.');
  return {
    ids: integers(values.ids, 'ids'),
    positions: values.positions === undefined ? null : integers(values.positions, 'positions'),
    out: values.out,
    alternatives: alternativesOf(values),
    sharesTables: values['share-embed-head'] === true,
  };
}

function alternativesOf(values: OptionValues): Alternative[] {
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
