/** What happens on all ranks of a set-up, put together thing by thing: the material of the findings. */
import type { RaisedError, RankPlacement, SlotCoverage } from '../../../common/domain.ts';
import { planAllRanks, type RankPlan } from '../allRanks.ts';
import { type FirstError, type LoadPlan, tensorsThatEnd } from '../loadPlan.ts';
import { type NameCensus, nameCensus } from './nameCensus.ts';

/** One thing, and the ranks on which it is so, ascending. */
export interface OnRanks<T> {
  readonly what: T;
  readonly ranks: readonly number[];
}

/** A slot that is not filled exactly once. `index` is that of one of the tensors of the checkpoint. */
export interface OddSlot extends SlotCoverage {
  readonly parameterName: string;
}

export interface LoadPicture {
  /** Of the rank that is looked at, with every tensor of the checkpoint. */
  readonly plan: LoadPlan;
  readonly numRanks: number;
  readonly census: NameCensus;
  readonly plans: readonly RankPlan[];
  readonly initErrors: readonly OnRanks<RaisedError>[];
  /** Where loading stops; `tensor` is an index into the tensors of the checkpoint. */
  readonly firstErrors: readonly OnRanks<FirstError>[];
  /** Indices of tensors that fail, were loading to go on. */
  readonly failing: readonly OnRanks<number>[];
  /** Names of parameters without a single element. */
  readonly never: readonly OnRanks<string>[];
  /** Names of parameters that are filled in part. */
  readonly partly: readonly OnRanks<string>[];
  /** Empty slots of the latter. */
  readonly emptySlots: readonly OnRanks<OddSlot>[];
  readonly twice: readonly OnRanks<OddSlot>[];
  /** Names over which the strict check raises; empty where it doesn't. */
  readonly strictMissing: readonly OnRanks<string>[];
}

class Collector<T> {
  private readonly entries = new Map<string, { what: T; ranks: number[] }>();

  add(key: string, what: T, ranks: readonly number[]): void {
    const entry = this.entries.get(key);
    if (entry === undefined) this.entries.set(key, { what, ranks: [...ranks] });
    else for (const rank of ranks) entry.ranks.push(rank);
  }

  list(): OnRanks<T>[] {
    return [...this.entries.values()];
  }
}

/** @param placementOf places another rank of the plan's set-up */
export function pictureOf(plan: LoadPlan, placementOf: (rank: number) => RankPlacement): LoadPicture {
  const { tensorParallelSize, dataParallelSize } = plan.input.parallel;
  const plans = planAllRanks(plan, placementOf);
  const initErrors = new Collector<RaisedError>();
  const firstErrors = new Collector<FirstError>();
  const failing = new Collector<number>();
  const never = new Collector<string>();
  const partly = new Collector<string>();
  const emptySlots = new Collector<OddSlot>();
  const twice = new Collector<OddSlot>();
  const strictMissing = new Collector<string>();
  for (const { ranks, plan: own, tensorOf } of plans) {
    const { initError, firstError } = own;
    if (initError !== null) {
      initErrors.add(initError.message, initError, ranks);
      continue;
    }
    if (firstError !== null)
      firstErrors.add(
        `${firstError.at}\n${firstError.type}`,
        { ...firstError, tensor: tensorOf(firstError.tensor) },
        ranks,
      );
    for (const index of tensorsThatEnd(own, 'error')) failing.add(String(tensorOf(index)), tensorOf(index), ranks);
    const partial = new Set(own.partiallyLoaded);
    for (const { name, numel, covered } of own.parameters) if (numel > 0 && covered === 0) never.add(name, name, ranks);
    for (const name of partial) partly.add(name, name, ranks);
    const odd = (slot: SlotCoverage): OddSlot => ({
      ...slot,
      parameterName: own.parameters[slot.parameter]?.name ?? '',
    });
    const keyOf = ({ parameterName, slot, expert }: OddSlot) => `${parameterName}\n${slot}\n${expert}`;
    for (const slot of own.slots.never.map(odd))
      if (partial.has(slot.parameterName)) emptySlots.add(keyOf(slot), slot, ranks);
    for (const slot of own.slots.twice.map(odd)) twice.add(keyOf(slot), slot, ranks);
    if (own.strictCheckRaises) for (const name of own.strictCheckMissing) strictMissing.add(name, name, ranks);
  }
  return {
    plan,
    numRanks: tensorParallelSize * dataParallelSize,
    census: nameCensus(plan.input.tensors, plan.input.config),
    plans,
    initErrors: initErrors.list(),
    firstErrors: firstErrors.list(),
    failing: failing.list().sort((a, b) => a.what - b.what),
    never: never.list(),
    partly: partly.list(),
    emptySlots: emptySlots.list(),
    twice: twice.list(),
    strictMissing: strictMissing.list(),
  };
}

/** All ranks on which any of these things is so, ascending. */
export function ranksOf(things: readonly OnRanks<unknown>[]): readonly number[] {
  return [...new Set(things.flatMap(({ ranks }) => ranks))].sort((a, b) => a - b);
}

/** " on all 8 ranks", " on rank 3 of 8", " on ranks 0 to 2 of 8"; nothing where there is a single rank. */
export function onRanks(ranks: readonly number[], { numRanks }: Pick<LoadPicture, 'numRanks'>): string {
  if (numRanks === 1) return '';
  if (ranks.length === numRanks) return ` on all ${numRanks} ranks`;
  const [first] = ranks;
  const last = ranks.at(-1);
  if (first === undefined || last === undefined) return '';
  if (ranks.length === 1) return ` on rank ${first} of ${numRanks}`;
  if (last - first === ranks.length - 1) return ` on ranks ${first} to ${last} of ${numRanks}`;
  const shown = ranks.slice(0, 6).join(', ');
  return ` on ${ranks.length} of ${numRanks} ranks (${shown}${ranks.length > 6 ? ', ...' : ''})`;
}
