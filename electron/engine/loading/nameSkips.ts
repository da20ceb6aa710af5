/**
 * The tensors that the first rules of a table skip for their names alone. In the drafter's table these are nearly all, on
 * every rank of any set-up, so they are found once for a list of tensors.
 */
import type { Tensor } from '../../common/domain.ts';
import type { Total } from './endingCounter.ts';
import type { Ending, LoadRule, RuleContext, TensorState } from './loadRule.ts';
import { emptyState, restart } from './tensorState.ts';

export interface NameSkips {
  /** Of each tensor: index of its ending among those of the table's rules, in their order; 0 for the others too. */
  readonly rule: Uint16Array;
  /** Tensors and bytes of the endings of these first rules, in their order. */
  readonly counts: readonly Total[];
  /** Indices of the other tensors, ascending: they go through the table from its beginning. */
  readonly rest: Uint32Array;
}

interface Known {
  readonly rules: readonly LoadRule[];
  readonly firstSpecLayer: number;
  readonly numSpecLayers: number;
  readonly skips: NameSkips;
}

const known = new WeakMap<readonly Tensor[], Known[]>();

/** @returns null where the table does not begin with such rules */
export function nameSkips(
  table: readonly LoadRule[],
  tensors: readonly Tensor[],
  context: RuleContext,
): NameSkips | null {
  const first = table.findIndex(({ byName }) => byName !== true);
  const rules = first < 0 ? table : table.slice(0, first);
  if (rules.length === 0) return null;
  const { firstSpecLayer, numSpecLayers } = context;
  const before = known.get(tensors) ?? [];
  const found = before.find(
    (entry) =>
      entry.firstSpecLayer === firstSpecLayer &&
      entry.numSpecLayers === numSpecLayers &&
      entry.rules.length === rules.length &&
      entry.rules.every((rule, at) => rule === rules[at]),
  );
  if (found !== undefined) return found.skips;
  const skips = findSkips(rules, tensors, context);
  known.set(tensors, [...before, { rules, firstSpecLayer, numSpecLayers, skips }]);
  return skips;
}

function findSkips(rules: readonly LoadRule[], tensors: readonly Tensor[], context: RuleContext): NameSkips {
  const endings = rules.flatMap((rule) => rule.endings);
  const counts = endings.map(() => ({ tensors: 0, bytes: 0 }));
  const rule = new Uint16Array(tensors.length);
  const rest = new Uint32Array(tensors.length);
  const state = emptyState();
  let others = 0;
  for (let index = 0; index < tensors.length; index++) {
    const tensor = tensors[index] as Tensor;
    restart(state, tensor);
    const at = endingOf(rules, state, context, endings);
    const count = counts[at];
    if (count === undefined) rest[others++] = index;
    else {
      rule[index] = at;
      count.tensors++;
      count.bytes += tensor.end - tensor.begin;
    }
  }
  return { rule, counts, rest: rest.slice(0, others) };
}

/** Index of the ending; -1 = none of these rules skips it without a word to the reference's caller. */
function endingOf(
  rules: readonly LoadRule[],
  state: TensorState,
  context: RuleContext,
  endings: readonly Ending[],
): number {
  for (const rule of rules) {
    const verdict = rule.apply(state, context);
    if (verdict === null) continue;
    return verdict.kind === 'skip' && verdict.reported === undefined ? endings.indexOf(verdict.ending) : -1;
  }
  return -1;
}
