/**
 * A serving command line (`VAR=1 vllm serve MODEL -tp 8 --enable-expert-parallel ...`) -> the set-up that it asks for.
 * What Draftscope does not model is listed with its reason, never dropped. Pure; used by the page and fit for a command.
 */
import { type ParallelConfig, singleRank } from './domain.ts';
import { type Failure, makeFailure } from './failure.ts';
import { shellWords } from './shellWords.ts';

export interface UnmodelledOption {
  readonly option: string;
  /** null: it has none. */
  readonly value: string | null;
  readonly why: string;
}

export interface ServingCommand {
  /** Rank 0 of the set-up. */
  readonly parallel: ParallelConfig;
  readonly model: string | null;
  readonly speculative: { readonly method: string | null; readonly numSpeculativeTokens: number | null } | null;
  /** Options and variables that may matter and are not modelled. */
  readonly unmodelled: readonly UnmodelledOption[];
  /** Options that have no say in which weights go where. */
  readonly withoutEffect: readonly string[];
}

export type ParsedCommand =
  | { readonly ok: true; readonly command: ServingCommand }
  | { readonly ok: false; readonly failure: Failure };

const shortForms: Readonly<Record<string, string>> = {
  '-tp': 'tensor-parallel-size',
  '-dp': 'data-parallel-size',
  '-ep': 'enable-expert-parallel',
  '-pp': 'pipeline-parallel-size',
  '-sc': 'speculative-config',
  '-q': 'quantization',
  '-dcp': 'decode-context-parallel-size',
  '-dpn': 'data-parallel-rank',
  '-dpr': 'data-parallel-start-rank',
  '-dpl': 'data-parallel-size-local',
  '-dpa': 'data-parallel-address',
  '-dpp': 'data-parallel-rpc-port',
  '-dpb': 'data-parallel-backend',
};

/** Why an option that matters is not followed. */
const unmodelledReasons: Readonly<Record<string, string>> = {
  'pipeline-parallel-size': 'pipeline stages split the target by layers; here every rank holds all layers',
  'decode-context-parallel-size': 'context parallelism is not looked at',
  quantization: 'the quantisation is read from config.json',
  'hf-overrides': 'config.json is taken as it is in the folder',
  'load-format': 'the plan is that of the safetensors loader',
  dtype: 'the dtype is read from config.json',
};

/** Options about serving, not about weights; a closed list, so that an unknown one is always named. */
const servingOnly = new Set(
  `host port api-key served-model-name max-model-len max-num-seqs max-num-batched-tokens gpu-memory-utilization
  trust-remote-code tokenizer tokenizer-mode chat-template tool-call-parser reasoning-parser enable-auto-tool-choice
  enable-prefix-caching no-enable-prefix-caching enable-chunked-prefill no-enable-chunked-prefill uvicorn-log-level
  disable-log-requests disable-log-stats seed block-size swap-space root-path ssl-keyfile ssl-certfile
  distributed-executor-backend data-parallel-size-local data-parallel-address data-parallel-rpc-port
  data-parallel-backend data-parallel-start-rank headless async-scheduling max-logprobs generation-config download-dir
  kv-transfer-config`.split(/\s+/),
);

const flags = new Set([
  'enable-expert-parallel',
  'enable-eplb',
  ...'trust-remote-code enable-auto-tool-choice enable-prefix-caching enable-chunked-prefill disable-log-requests disable-log-stats headless async-scheduling enforce-eager disable-custom-all-reduce'.split(
    ' ',
  ),
]);

/** What was read so far; frozen into a ServingCommand at the end. */
interface Draft {
  parallel: ParallelConfig;
  speculative: ServingCommand['speculative'];
  readonly unmodelled: UnmodelledOption[];
  readonly withoutEffect: string[];
  readonly aiter: { all: boolean; moe: boolean; fuse: boolean };
}

class CommandError extends Error {}

/** Options that set something; `value` is '' for a flag. */
const setters: Readonly<Record<string, (draft: Draft, value: string, option: string) => void>> = {
  'tensor-parallel-size': (draft, value, option) => set(draft, { tensorParallelSize: size(value, option) }),
  'data-parallel-size': (draft, value, option) => set(draft, { dataParallelSize: size(value, option) }),
  'enable-expert-parallel': (draft) => set(draft, { enableExpertParallel: true }),
  'no-enable-expert-parallel': (draft) => set(draft, { enableExpertParallel: false }),
  'expert-placement-strategy': (draft, value, option) => {
    if (value !== 'linear' && value !== 'round_robin') {
      throw new CommandError(`${option} is "${value}"; the strategies are linear and round_robin.`);
    }
    set(draft, { expertPlacementStrategy: value === 'linear' ? 'linear' : 'roundRobin' });
  },
  'all2all-backend': (draft, value) => set(draft, { all2allBackend: value }),
  'enable-eplb': (draft) => set(draft, { enableEplb: true }),
  'no-enable-eplb': (draft) => set(draft, { enableEplb: false }),
  'num-redundant-experts': (draft, value, option) => set(draft, { numRedundantExperts: whole(value, option) }),
  'eplb-config': (draft, value, option) => {
    for (const [key, entry] of Object.entries(object(value, option))) setEplb(draft, key, String(entry));
  },
  'speculative-config': (draft, value, option) => {
    for (const [key, entry] of Object.entries(object(value, option))) setSpeculative(draft, key, String(entry));
  },
};

function set(draft: Draft, patch: Partial<ParallelConfig>): void {
  draft.parallel = { ...draft.parallel, ...patch };
}

function setEplb(draft: Draft, key: string, value: string): void {
  if (key === 'num_redundant_experts') set(draft, { numRedundantExperts: whole(value, `eplb-config.${key}`) });
  else draft.withoutEffect.push(`--eplb-config.${key}`);
}

function setSpeculative(draft: Draft, key: string, value: string): void {
  const before = draft.speculative ?? { method: null, numSpeculativeTokens: null };
  draft.speculative = before;
  if (key === 'method') {
    draft.speculative = { ...before, method: value };
    if (!/mtp/i.test(value)) {
      draft.unmodelled.push({
        option: '--speculative-config method',
        value,
        why: 'only MTP layers are looked at as drafters',
      });
    }
  } else if (key === 'num_speculative_tokens') {
    draft.speculative = { ...before, numSpeculativeTokens: whole(value, 'num_speculative_tokens') };
  } else {
    draft.unmodelled.push({ option: `--speculative-config ${key}`, value, why: 'it is not followed for the drafter' });
  }
}

function setVariable(draft: Draft, name: string, value: string): void {
  const on = /^(1|true)$/i.test(value);
  if (name === 'VLLM_ROCM_USE_AITER') draft.aiter.all = on;
  else if (name === 'VLLM_ROCM_USE_AITER_MOE') draft.aiter.moe = on;
  else if (name === 'VLLM_ROCM_USE_AITER_FUSION_SHARED_EXPERTS') draft.aiter.fuse = on;
  else if (name === 'VLLM_MLA_DISABLE') set(draft, { useMla: !on });
  else if (name === 'VLLM_ALL2ALL_BACKEND') set(draft, { all2allBackend: value });
  else if (/^VLLM_(LOGGING|HOST|PORT|API_KEY|CACHE|RPC|WORKER)/.test(name)) draft.withoutEffect.push(name);
  else draft.unmodelled.push({ option: name, value, why: 'this variable is not known here' });
}

/** Text of a shell, possibly over several lines; the words before the options are `vllm serve MODEL` or alike. */
export function parseServingCommand(text: string): ParsedCommand {
  const words = shellWords(text);
  if (words === null) return refuse('A quote is not closed.');
  if (words.length === 0) return refuse('There is no command in it.');
  const draft: Draft = {
    parallel: singleRank,
    speculative: null,
    unmodelled: [],
    withoutEffect: [],
    aiter: { all: false, moe: true, fuse: false },
  };
  try {
    const model = readWords(words, draft);
    const { all, moe, fuse } = draft.aiter;
    set(draft, { aiterFusedMoe: all && moe, aiterFusedSharedExperts: all && moe && fuse });
    const { parallel, speculative, unmodelled, withoutEffect } = draft;
    return { ok: true, command: { parallel, model, speculative, unmodelled, withoutEffect } };
  } catch (error) {
    if (error instanceof CommandError) return refuse(error.message);
    throw error;
  }
}

/** @returns the model that is served */
function readWords(words: readonly string[], draft: Draft): string | null {
  let model: string | null = null;
  let at = 0;
  for (; at < words.length; at += 1) {
    const match = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(words[at] as string);
    if (match) setVariable(draft, match[1] as string, match[2] as string);
    else if (!['env', 'export', 'exec'].includes(words[at] as string)) break;
  }
  const plain: string[] = [];
  for (; at < words.length; at += 1) {
    const word = words[at] as string;
    if (!isOption(word)) {
      plain.push(word);
      continue;
    }
    const [spelled = '', given] = splitAtEquals(word);
    const name = shortForms[spelled] ?? spelled.replace(/^--?/, '').replaceAll('_', '-');
    const [base = '', ...path] = name.split('.');
    const takesNone = flags.has(name) || name.startsWith('no-') || name.startsWith('disable-');
    let value = given ?? null;
    const following = words[at + 1];
    if (value === null && !takesNone && following !== undefined && !isOption(following)) {
      value = following;
      at += 1;
    }
    if (name === 'model') model = value;
    else if (path.length > 0 && (base === 'eplb-config' || base === 'speculative-config')) {
      const key = path.join('.').replaceAll('-', '_');
      (base === 'eplb-config' ? setEplb : setSpeculative)(draft, key, value ?? '');
    } else if (setters[name]) {
      if (!takesNone && value === null) throw new CommandError(`${spelled} needs a value.`);
      setters[name](draft, value ?? '', spelled);
    } else if (servingOnly.has(name)) draft.withoutEffect.push(spelled);
    else {
      const why = unmodelledReasons[name] ?? 'this option is not known here';
      // A single stage is what is looked at anyway.
      if (name === 'pipeline-parallel-size' && value === '1') draft.withoutEffect.push(spelled);
      else draft.unmodelled.push({ option: spelled, value, why });
    }
  }
  const served = plain.indexOf('serve');
  return model ?? (served >= 0 ? (plain[served + 1] ?? null) : null);
}

/** `-1` is a value, `-tp` and `--port` are options. */
function isOption(word: string): boolean {
  return /^--?[A-Za-z]/.test(word);
}

function splitAtEquals(word: string): [string, string?] {
  const at = word.indexOf('=');
  return at < 0 ? [word] : [word.slice(0, at), word.slice(at + 1)];
}

function whole(text: string, option: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new CommandError(`${option} needs a whole number, not "${text.slice(0, 40)}".`);
  return Number(text);
}

function size(text: string, option: string): number {
  const value = whole(text, option);
  if (value < 1 || value > 1024) throw new CommandError(`${option} must be 1 to 1024, not ${text}.`);
  return value;
}

function object(text: string, option: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new CommandError(`The value of ${option} is no JSON: "${text.slice(0, 60)}".`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CommandError(`The value of ${option} is no JSON object.`);
  }
  return value as Record<string, unknown>;
}

function refuse(message: string): ParsedCommand {
  return {
    ok: false,
    failure: makeFailure('badOption', message, { hint: 'Paste the whole command, as in: vllm serve MODEL -tp 8 -ep' }),
  };
}
