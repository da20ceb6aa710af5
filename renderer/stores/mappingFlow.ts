/** Files -> rules -> parameters as bands: how much of what goes where. Pure. */
import type { Checkpoint, Plan } from '../../electron/common/contract.ts';
import { shortFileNames } from '../format.ts';

export type FlowMeasure = 'tensors' | 'bytes';

export interface FlowNode {
  readonly id: string;
  readonly label: string;
  readonly value: number;
  readonly tensors: number;
  readonly bytes: number;
  /** Numbers of the files, the rule, or the first parameter's group: what a press on it filters by. */
  readonly members: readonly number[];
}

export interface FlowLink {
  readonly from: number;
  readonly to: number;
  readonly value: number;
  readonly tensors: number;
  readonly bytes: number;
  /** Index into outcomes, for the colour. */
  readonly outcome: number;
}

export interface MappingFlow {
  readonly files: readonly FlowNode[];
  readonly rules: readonly FlowNode[];
  readonly parameters: readonly FlowNode[];
  readonly fromFiles: readonly FlowLink[];
  readonly toParameters: readonly FlowLink[];
}

const mostFiles = 8;

/** Family of a parameter: its name without model, layer and block, e.g. "mlp.experts.w13_weight". */
export function parameterFamily(name: string): string {
  return name
    .replace(/^model\./, '')
    .replace(/^layers\.\d+\./, '')
    .replace(/^mtp_block\./, '');
}

/** Part of the model that a parameter belongs to; a handful for any checkpoint. */
export function parameterGroup(name: string): string {
  const family = parameterFamily(name);
  if (family.startsWith('mlp.experts.')) return family.slice('mlp.'.length);
  if (family.startsWith('mlp.shared_experts')) return 'shared experts';
  if (family.startsWith('mlp.gate.')) return 'router gate';
  if (family.startsWith('mlp.')) return 'dense mlp';
  if (family.startsWith('self_attn.')) return 'attention';
  if (/norm/.test(family)) return 'norms';
  if (/shared_head|lm_head/.test(family)) return 'head';
  return family.split('.')[0] ?? family;
}

/**
 * @param rows tensors that are counted
 * @param measure what the width of a band counts
 */
export function mappingFlow(checkpoint: Checkpoint, plan: Plan, rows: Uint32Array, measure: FlowMeasure): MappingFlow {
  const groups = [...new Set(plan.parameters.map(({ name }) => parameterGroup(name)))];
  const groupOf = Int32Array.from(plan.parameters, ({ name }) => groups.indexOf(parameterGroup(name)));
  const band = fileBands(checkpoint, rows);
  const files = new Side(band.count);
  const rules = new Side(plan.rules.length);
  const parameters = new Side(groups.length);
  const fromFiles = new Map<number, FlowLink>();
  const toParameters = new Map<number, FlowLink>();
  for (const tensor of rows) {
    const bytes = checkpoint.tensors.bytes[tensor] ?? 0;
    const file = band.of(checkpoint.tensors.file[tensor] ?? -1);
    const rule = plan.tensors.rule[tensor] ?? 0;
    const group = groupOf[plan.tensors.parameter[tensor] ?? -1] ?? -1;
    const outcome = plan.tensors.outcome[tensor] ?? 2;
    files.add(file, bytes);
    rules.add(rule, bytes);
    link(fromFiles, file, rule, measure, bytes, outcome);
    if (group < 0) continue;
    parameters.add(group, bytes);
    link(toParameters, rule, group, measure, bytes, outcome);
  }
  const ruleNumbers = rules.used();
  const groupNumbers = parameters.used();
  const fileNumbers = files.used();
  const relink = (links: Map<number, FlowLink>, from: readonly number[], to: readonly number[]) =>
    [...links.values()]
      .map((one) => ({ ...one, from: from.indexOf(one.from), to: to.indexOf(one.to) }))
      .sort((a, b) => a.from - b.from || a.to - b.to);
  return {
    files: fileNumbers.map((at) => files.node(at, `file-${at}`, band.label(at), measure, band.members(at))),
    rules: ruleNumbers.map((at) =>
      rules.node(at, plan.rules[at]?.id ?? '', `${at + 1} ${plan.rules[at]?.id ?? ''}`, measure, [at]),
    ),
    parameters: groupNumbers.map((at) =>
      parameters.node(at, groups[at] ?? '', groups[at] ?? '', measure, [
        plan.parameters.findIndex((_, index) => groupOf[index] === at),
      ]),
    ),
    fromFiles: relink(fromFiles, fileNumbers, ruleNumbers),
    toParameters: relink(toParameters, ruleNumbers, groupNumbers),
  };
}

function link(
  links: Map<number, FlowLink>,
  from: number,
  to: number,
  measure: FlowMeasure,
  size: number,
  outcome: number,
): void {
  const key = from * 65536 + to;
  const known = links.get(key);
  const tensors = (known?.tensors ?? 0) + 1;
  const bytes = (known?.bytes ?? 0) + size;
  links.set(key, { from, to, value: measure === 'bytes' ? bytes : tensors, tensors, bytes, outcome });
}

class Side {
  readonly #tensors: number[];
  readonly #bytes: number[];

  constructor(size: number) {
    this.#tensors = new Array<number>(size).fill(0);
    this.#bytes = new Array<number>(size).fill(0);
  }

  add(at: number, bytes: number): void {
    this.#tensors[at] = (this.#tensors[at] ?? 0) + 1;
    this.#bytes[at] = (this.#bytes[at] ?? 0) + bytes;
  }

  used(): number[] {
    return this.#tensors.flatMap((tensors, at) => (tensors > 0 ? [at] : []));
  }

  node(at: number, id: string, label: string, measure: FlowMeasure, members: readonly number[]): FlowNode {
    const tensors = this.#tensors[at] ?? 0;
    const bytes = this.#bytes[at] ?? 0;
    return { id, label, value: measure === 'bytes' ? bytes : tensors, tensors, bytes, members };
  }
}

/** Files that hold a counted tensor; where they are many, neighbours share a band. */
function fileBands({ files, tensors }: Checkpoint, rows: Uint32Array) {
  const present = new Set<number>();
  for (const tensor of rows) present.add(tensors.file[tensor] ?? -1);
  const used = [...present].sort((a, b) => a - b);
  const perBand = Math.ceil(used.length / mostFiles);
  const bands: number[][] = [];
  for (let at = 0; at < used.length; at += perBand) bands.push(used.slice(at, at + perBand));
  const bandOf = new Map(bands.flatMap((list, at) => list.map((file) => [file, at] as const)));
  const short = shortFileNames(files.map(({ name }) => name));
  const nameOf = (file: number) => (file < 0 ? 'in no file' : (short[file] ?? ''));
  return {
    count: bands.length,
    of: (file: number) => bandOf.get(file) ?? 0,
    members: (at: number) => bands[at] ?? [],
    label: (at: number) => {
      const list = bands[at] ?? [];
      const first = nameOf(list[0] ?? -1);
      // Leading zeros only cost room in a range.
      const bare = (name: string) => name.replace(/^0+(?=\d)/, '');
      return list.length === 1 ? first : `${bare(first)} – ${bare(nameOf(list.at(-1) ?? -1))}`;
    },
  };
}
