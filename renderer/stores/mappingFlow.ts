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
  const fromFiles = new Links(band.count, plan.rules.length);
  const toParameters = new Links(plan.rules.length, groups.length);
  for (const tensor of rows) {
    const bytes = checkpoint.tensors.bytes[tensor] ?? 0;
    const file = band.of(checkpoint.tensors.file[tensor] ?? -1);
    const rule = plan.tensors.rule[tensor] ?? 0;
    const group = groupOf[plan.tensors.parameter[tensor] ?? -1] ?? -1;
    const outcome = plan.tensors.outcome[tensor] ?? 2;
    files.add(file, bytes);
    rules.add(rule, bytes);
    fromFiles.add(file, rule, bytes, outcome);
    if (group < 0) continue;
    parameters.add(group, bytes);
    toParameters.add(rule, group, bytes, outcome);
  }
  const ruleNumbers = rules.used();
  const groupNumbers = parameters.used();
  const fileNumbers = files.used();
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
    fromFiles: fromFiles.between(fileNumbers, ruleNumbers, measure),
    toParameters: toParameters.between(ruleNumbers, groupNumbers, measure),
  };
}

/** Tensors and bytes by number. */
class Side {
  readonly tensors: Float64Array;
  readonly bytes: Float64Array;

  constructor(size: number) {
    this.tensors = new Float64Array(size);
    this.bytes = new Float64Array(size);
  }

  add(at: number, bytes: number): void {
    this.tensors[at] = (this.tensors[at] ?? 0) + 1;
    this.bytes[at] = (this.bytes[at] ?? 0) + bytes;
  }

  /** Numbers that were counted, ascending. */
  used(): number[] {
    return [...this.tensors.keys()].filter((at) => (this.tensors[at] ?? 0) > 0);
  }

  sums(at: number, measure: FlowMeasure): Pick<FlowNode, 'value' | 'tensors' | 'bytes'> {
    const tensors = this.tensors[at] ?? 0;
    const bytes = this.bytes[at] ?? 0;
    return { value: measure === 'bytes' ? bytes : tensors, tensors, bytes };
  }

  node(at: number, id: string, label: string, measure: FlowMeasure, members: readonly number[]): FlowNode {
    return { id, label, ...this.sums(at, measure), members };
  }
}

/** What runs from each of one side to each of another. Counted in arrays: an object a tensor would be garbage at once. */
class Links {
  readonly #to: number;
  readonly #sums: Side;
  readonly #outcome: Uint8Array;

  constructor(from: number, to: number) {
    this.#to = to;
    this.#sums = new Side(from * to);
    this.#outcome = new Uint8Array(from * to);
  }

  add(from: number, to: number, bytes: number, outcome: number): void {
    const at = from * this.#to + to;
    this.#sums.add(at, bytes);
    this.#outcome[at] = outcome;
  }

  /** From left to right, then down; numbered by the places in the lists. */
  between(from: readonly number[], to: readonly number[], measure: FlowMeasure): FlowLink[] {
    return this.#sums.used().map((at) => ({
      from: from.indexOf(Math.floor(at / this.#to)),
      to: to.indexOf(at % this.#to),
      ...this.#sums.sums(at, measure),
      outcome: this.#outcome[at] ?? 0,
    }));
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
