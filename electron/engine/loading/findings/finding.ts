/** What a finding is: one thing about a set-up that people should know, with names and numbers. */
import type { Finding } from '../../../common/contract.ts';
import type { SlotId } from '../../../common/domain.ts';
import type { LoadPicture, OddSlot } from './loadPicture.ts';

export type { Finding } from '../../../common/contract.ts';

/** Looks at all ranks of a set-up; null = nothing to say. */
export type FindingRule = (picture: LoadPicture) => Finding | readonly Finding[] | null;

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}

/** Bytes in a unit that leaves something before the point. */
export function sizeText(bytes: number): string {
  const units = [
    [1e9, 'GB'],
    [1e6, 'MB'],
    [1e3, 'kB'],
  ] as const;
  const [size, unit] = units.find(([least]) => bytes >= least) ?? [1, 'bytes'];
  return `${unit === 'bytes' ? bytes : (bytes / size).toFixed(2)} ${unit}`;
}

/** The first names of a list in a sentence, and how many more there are. */
export function namesText(names: readonly string[], shown = 2): string {
  const more = names.length - shown;
  if (more > 0) return `${names.slice(0, shown).join(', ')} and ${more.toLocaleString('en-US')} more`;
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/**
 * Whether a parameter is the drafter's embedding or a head: replaced by the target's when the engine starts. Each MTP layer's
 * own embedding counts too.
 */
export function isReplacedByTarget(parameter: string): boolean {
  return (
    /^model\.(layers\.\d+\.)?embed_tokens\.weight$/.test(parameter) || parameter.endsWith('.shared_head.head.weight')
  );
}

const partNames = { w1: 'w1 (gate)', w2: 'w2 (down)', w3: 'w3 (up)' } as const;

function partText(slot: Exclude<SlotId, null>, parameter: string): string {
  if (typeof slot !== 'number') return partNames[slot];
  if (parameter.includes('gate_up_proj')) return slot === 0 ? 'part 0 (gate_proj)' : 'part 1 (up_proj)';
  if (parameter.includes('fused_qkv_a_proj')) return slot === 0 ? 'part 0 (q_a_proj)' : 'part 1 (kv_a_proj_with_mqa)';
  return `part ${slot}`;
}

/** A slot in words, with the parameter's name in front. */
export function slotText({ parameterName, slot, expert }: OddSlot): string {
  if (slot === null) return parameterName;
  const part = partText(slot, parameterName);
  return expert === null ? `${parameterName}: ${part}` : `${parameterName}: ${part} of expert ${expert}`;
}

/** "layer 61", "layers 61 and 62"; empty for parameters outside layers. */
export function layersText(parameters: readonly string[]): string {
  const numbers = [...new Set(parameters.flatMap((name) => /^model\.layers\.(\d+)\./.exec(name)?.[1] ?? []))];
  if (numbers.length === 0) return '';
  return numbers.length === 1 ? ` of layer ${numbers[0]}` : ` of layers ${namesText(numbers, 4)}`;
}
