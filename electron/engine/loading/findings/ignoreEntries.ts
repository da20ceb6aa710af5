/** The list of layers that quantization_config leaves in full precision, and what an entry of it matches. */
import type { ModelConfig } from '../../../common/domain.ts';
import { compilePattern } from './patternMatch.ts';

export interface IgnoreList {
  /** Key of quantization_config that holds it. */
  readonly key: string;
  /** The key with the object or file it stands in. */
  readonly place: string;
  readonly entries: readonly string[];
  readonly matches: (entry: string, module: string) => boolean;
}

const listKeys = ['ignored_layers', 'modules_to_not_convert', 'ignore', 'exclude_modules'] as const;

export function ignoreListOf({ raw, quantizationFile }: ModelConfig): IgnoreList | null {
  const quant = raw.quantization_config;
  if (typeof quant !== 'object' || quant === null) return null;
  const given = quant as Record<string, unknown>;
  const nested = typeof given.quantization === 'object' && given.quantization !== null ? given.quantization : {};
  const all = { ...(nested as Record<string, unknown>), ...given };
  const method = String(given.quant_method ?? '');
  for (const key of listKeys) {
    const list = all[key];
    if (!Array.isArray(list) || list.length === 0) continue;
    const entries = list.filter((entry): entry is string => typeof entry === 'string');
    const place = quantizationFile === undefined ? `quantization_config.${key}` : `${key} in ${quantizationFile}`;
    return { key, place, entries, matches: matcherOf(method) };
  }
  return null;
}

/** modelopt compares parts and globs; awq parts; compressed-tensors whole names and re: patterns. */
function matcherOf(method: string): IgnoreList['matches'] {
  if (method.startsWith('modelopt')) return (entry, module) => module.includes(entry) || globMatches(entry, module);
  if (method.startsWith('awq')) return (entry, module) => module.includes(entry);
  if (method === 'compressed-tensors') return wholeNameOrPattern();
  return fp8Matches;
}

/** Patterns are compiled once; one that is not understood matches nothing. */
function wholeNameOrPattern(): IgnoreList['matches'] {
  const compiled = new Map<string, ReturnType<typeof compilePattern>>();
  return (entry, module) => {
    if (!entry.startsWith('re:')) return entry === module;
    const known = compiled.get(entry);
    const matches = known === undefined ? compilePattern(entry.slice('re:'.length)) : known;
    if (known === undefined) compiled.set(entry, matches);
    return matches?.(module) ?? false;
  };
}

/**
 * The layer is asked for, not the tensor: all routed experts of a layer are one module, which an entry has to contain; so
 * it is for what else has experts in its name, but for the two halves of gate_up_proj, which are compared as a whole.
 */
function fp8Matches(entry: string, module: string): boolean {
  const routed = /^(.+\.experts)\.\d+\./.exec(module)?.[1];
  if (routed !== undefined) return entry.includes(routed);
  const isHalf = /\.(gate|up)_proj$/.test(module);
  return module.includes('experts') && !isHalf ? entry.includes(module) : entry === module;
}

/** Shell patterns: * for anything, ? for one character. Compared by hand, so that no pattern can take for ever. */
export function globMatches(glob: string, text: string): boolean {
  let at = 0;
  let from = 0;
  let star = -1;
  let resume = 0;
  while (from < text.length) {
    if (at < glob.length && (glob[at] === '?' || glob[at] === text[from]) && glob[at] !== '*') {
      at++;
      from++;
    } else if (glob[at] === '*') {
      star = at++;
      resume = from;
    } else if (star >= 0) {
      at = star + 1;
      from = ++resume;
    } else return false;
  }
  while (glob[at] === '*') at++;
  return at === glob.length;
}
