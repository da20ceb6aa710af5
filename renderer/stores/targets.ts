/** Selection <-> target: by number in the lists of the open checkpoint and plan, or by name. Pure. */
import type { Checkpoint, Plan } from '../../electron/common/contract.ts';
import type { Target, TargetKind } from '../../electron/common/location.ts';
import type { Selection } from './selectionStore.ts';
import type { ViewName } from './viewStore.ts';

/** The view in which a thing is at home. */
export const homeOf: Readonly<Record<TargetKind, ViewName>> = {
  tensor: 'mapping',
  parameter: 'load',
  expert: 'placement',
  rank: 'placement',
  file: 'overview',
  finding: 'overview',
  configKey: 'overview',
  step: 'draft',
};

const tensorIndices = new WeakMap<readonly string[], ReadonlyMap<string, number>>();

/** Index of a tensor by name; -1 = none. The first lookup of a checkpoint builds a map. */
export function tensorNamed(checkpoint: Checkpoint, name: string): number {
  const { names } = checkpoint.tensors;
  let indices = tensorIndices.get(names);
  if (indices === undefined) {
    indices = new Map(names.map((known, index) => [known, index]));
    tensorIndices.set(names, indices);
  }
  return indices.get(name) ?? -1;
}

/** Ranks that the placement has a row for. */
export function rankCount(plan: Plan): number {
  return plan.placement.expertsOfRank.length;
}

/** Name of a finding: its code, with a number from the second of that code on. */
export function findingName(plan: Plan, finding: number): string {
  const code = plan.findings[finding]?.code ?? '';
  const before = plan.findings.slice(0, finding).filter((other) => other.code === code).length;
  return before === 0 ? code : `${code}~${before + 1}`;
}

/** null for nothing, and for numbers that the lists don't have. */
export function targetOf(selection: Selection, checkpoint: Checkpoint, plan: Plan): Target | null {
  const named = (kind: TargetKind, name: string | undefined): Target | null => (name ? { kind, name } : null);
  switch (selection.kind) {
    case 'none':
      return null;
    case 'tensor':
      return named('tensor', checkpoint.tensors.names[selection.tensor]);
    case 'parameter':
      return named('parameter', plan.parameters[selection.parameter]?.name);
    case 'expert':
      return named('expert', `${selection.expert}@${selection.rank}`);
    case 'rank':
      return named('rank', String(selection.rank));
    case 'file':
      return named('file', checkpoint.files[selection.file]?.name);
    case 'finding':
      return named('finding', findingName(plan, selection.finding));
    case 'configKey':
      return named('configKey', selection.key);
    case 'step':
      return named('step', `${selection.step}.${selection.position}`);
  }
}

/** @returns null when there is no such thing in this checkpoint under this plan */
export function selectionOf(target: Target, checkpoint: Checkpoint, plan: Plan): Selection | null {
  const { kind, name } = target;
  switch (kind) {
    case 'tensor': {
      const tensor = tensorNamed(checkpoint, name);
      return tensor < 0 ? null : { kind, tensor, story: null, failure: null };
    }
    case 'parameter': {
      const parameter = plan.parameters.findIndex((candidate) => candidate.name === name);
      return parameter < 0 ? null : { kind, parameter };
    }
    case 'expert': {
      const match = /^(\d{1,6})(?:@(\d{1,6}))?$/.exec(name);
      if (match === null) return null;
      const expert = Number(match[1]);
      const holder = plan.placement.expertsOfRank.findIndex((experts) => experts.includes(expert));
      const rank = match[2] === undefined ? Math.max(0, holder) : Number(match[2]);
      return expert < plan.placement.numPhysicalExperts && rank < rankCount(plan) ? { kind, expert, rank } : null;
    }
    case 'rank': {
      const rank = /^\d{1,6}$/.test(name) ? Number(name) : -1;
      return rank >= 0 && rank < rankCount(plan) ? { kind, rank } : null;
    }
    case 'file': {
      const file = checkpoint.files.findIndex((candidate) => candidate.name === name);
      return file < 0 ? null : { kind, file };
    }
    case 'finding': {
      const finding = plan.findings.findIndex((_, index) => findingName(plan, index) === name);
      return finding < 0 ? null : { kind, finding };
    }
    case 'configKey':
      return { kind, key: name };
    case 'step': {
      const match = /^(\d{1,7})\.(\d{1,3})$/.exec(name);
      return match === null ? null : { kind, step: Number(match[1]), position: Number(match[2]) };
    }
  }
}
