/**
 * What the palette makes of a question in the loader's words: "expert 137 w3 rank 5" leads to the tensor on that rank,
 * "rank 5" to the rank, "ep 8 round robin 32 redundant" to the placement of that set-up.
 */
import type { Checkpoint, Plan } from '../../electron/common/contract.ts';
import { type ParallelConfig, singleRank } from '../../electron/common/domain.ts';
import { formatCountOf, listRanges } from '../format.ts';
import { openCheckpoint } from './checkpointStore.ts';
import type { Stores } from './createStores.ts';
import type { PaletteItem } from './paletteItems.ts';
import { shownPlan } from './planStore.ts';
import { rankSizes } from './rankSizes.ts';

/** Slots of the fused expert parameters, by each name that people have for them: the checkpoint's part. */
const slotParts: Readonly<Record<string, { readonly slot: string; readonly part: string }>> = Object.fromEntries(
  [
    { slot: 'w1', part: 'gate_proj' },
    { slot: 'w2', part: 'down_proj' },
    { slot: 'w3', part: 'up_proj' },
  ].flatMap((names) => [names.slot, names.part, names.part.replace('_proj', '')].map((word) => [word, names])),
);
const mostAnswers = 8;

export interface Question {
  readonly expert?: number;
  readonly layer?: number;
  readonly rank?: number;
  /** Part of a checkpoint's tensor name. */
  readonly part?: string;
}

/** null: the text asks for no place in the loader's words. */
export function readQuestion(text: string): Question | null {
  const numberAfter = (word: string) => {
    const found = new RegExp(`\\b${word}\\s*(\\d{1,6})\\b`, 'i').exec(text)?.[1];
    return found === undefined ? {} : { [word]: Number(found) };
  };
  const word = /\b(?:w[123]|(?:gate|up|down)(?:_proj)?)\b/i.exec(text)?.[0].toLowerCase();
  const part = word === undefined ? undefined : slotParts[word]?.part;
  const question: Question = { ...numberAfter('expert'), ...numberAfter('layer'), ...numberAfter('rank') };
  if (question.expert === undefined && question.rank === undefined) return null;
  return part === undefined ? question : { ...question, part };
}

/** Ranks and policy that the text names, on top of `now`; null: it names none. */
export function readSetUp(text: string, now: ParallelConfig): ParallelConfig | null {
  const number = (pattern: RegExp) => {
    const found = pattern
      .exec(text)
      ?.slice(1)
      .find((digits) => digits !== undefined);
    return found === undefined ? null : Number(found);
  };
  const expertParallel = number(/\bep\s*=?\s*(\d{1,4})\b/i);
  const tensorParallel = number(/\btp\s*=?\s*(\d{1,4})\b/i);
  const dataParallel = number(/\bdp\s*=?\s*(\d{1,4})\b/i);
  const redundant = number(/\b(\d{1,4})\s*redundant|\bredundant(?:\s+experts)?\s*=?\s*(\d{1,4})\b/i);
  const policy = /\bround[\s_-]?robin\b/i.test(text) ? 'roundRobin' : /\blinear\b/i.test(text) ? 'linear' : null;
  if ([expertParallel, tensorParallel, dataParallel, redundant, policy].every((asked) => asked === null)) return null;
  if (expertParallel === 0) return null;
  const ranked =
    tensorParallel === null && dataParallel === null
      ? { ...now, rank: 0, ...(expertParallel === null ? {} : rankSizes(expertParallel)) }
      : { ...singleRank, tensorParallelSize: tensorParallel ?? 1, dataParallelSize: dataParallel ?? 1 };
  if (ranked.tensorParallelSize < 1 || ranked.dataParallelSize < 1) return null;
  return {
    ...ranked,
    enableExpertParallel:
      ranked.enableExpertParallel || expertParallel !== null || redundant !== null || policy !== null,
    ...(policy === null ? {} : { expertPlacementStrategy: policy }),
    ...(redundant === null ? {} : { numRedundantExperts: redundant, enableEplb: redundant > 0 }),
  };
}

/** The tensors of the expert that the text asks for. */
export function askedTensors(stores: Stores, text: string): PaletteItem[] {
  const checkpoint = openCheckpoint(stores.checkpoint.getState());
  const plan = shownPlan(stores.plan.getState());
  const question = readQuestion(text);
  return checkpoint && plan && question?.expert !== undefined ? tensorItems(stores, checkpoint, plan, question) : [];
}

/** The rank of this set-up, or another set-up, that the text names. */
export function askedSetUp(stores: Stores, text: string): PaletteItem[] {
  const plan = shownPlan(stores.plan.getState());
  if (plan === null) return [];
  const question = readQuestion(text);
  if (question !== null) return question.expert === undefined ? rankItems(stores, plan, question.rank ?? 0) : [];
  const parallel = readSetUp(text, plan.parallel);
  if (parallel === null) return [];
  const run = async () => {
    stores.view.show('placement');
    await stores.plan.change(parallel);
  };
  return [
    { id: 'asked set-up', group: 'Set-up', title: `Placement of ${setUpWords(parallel)}`, run: () => void run() },
  ];
}

function setUpWords(parallel: ParallelConfig): string {
  const { tensorParallelSize, dataParallelSize, enableExpertParallel, expertPlacementStrategy } = parallel;
  return [
    `tp ${tensorParallelSize}, dp ${dataParallelSize}`,
    enableExpertParallel
      ? `experts spread, ${expertPlacementStrategy === 'linear' ? 'linear' : 'round robin'}`
      : 'experts cut across ranks',
    ...(parallel.numRedundantExperts > 0 ? [formatCountOf(parallel.numRedundantExperts, 'redundant expert')] : []),
  ].join(', ');
}

const ranksOf = ({ tensorParallelSize, dataParallelSize }: ParallelConfig) => tensorParallelSize * dataParallelSize;

/** @returns whether the rank is looked at then */
async function lookAt(stores: Stores, { parallel }: Plan, rank: number): Promise<boolean> {
  if (rank !== parallel.rank) await stores.plan.change({ ...parallel, rank });
  return shownPlan(stores.plan.getState())?.parallel.rank === rank;
}

function rankItems(stores: Stores, plan: Plan, rank: number): PaletteItem[] {
  if (rank >= ranksOf(plan.parallel)) return [];
  const run = async () => {
    if (await lookAt(stores, plan, rank)) stores.navigation.reveal({ kind: 'rank', name: String(rank) });
  };
  return [{ id: 'asked rank', group: 'Set-up', title: `Look at rank ${rank}`, run: () => void run() }];
}

function tensorItems(stores: Stores, checkpoint: Checkpoint, plan: Plan, question: Question): PaletteItem[] {
  const { expert = 0, rank: named = plan.parallel.rank } = question;
  const isThere = named < ranksOf(plan.parallel);
  const rank = isThere ? named : plan.parallel.rank;
  const aside = isThere ? holders(plan, expert, rank) : ` (there is no rank ${named})`;
  return tensorsOf(checkpoint, plan, question).map((tensor): PaletteItem => {
    const name = checkpoint.tensors.names[tensor] ?? '';
    const file = checkpoint.files[checkpoint.tensors.file[tensor] ?? -1]?.name ?? 'in no file';
    const slot = Object.values(slotParts).find(({ part }) => name.includes(part))?.slot ?? 'a part';
    const run = async () => {
      if (await lookAt(stores, plan, rank)) stores.navigation.reveal({ kind: 'tensor', name });
    };
    return {
      id: `asked ${tensor}`,
      group: 'Tensor',
      title: `${slot} of expert ${expert}, layer ${checkpoint.tensors.layer[tensor]}: ${file}, rank ${rank}${aside}`,
      run: () => void run(),
    };
  });
}

/** Who holds an expert that the rank does not; empty when it does, or when copies make it a longer story. */
function holders({ parallel, placement }: Plan, expert: number, rank: number): string {
  const { expertsOfRank } = placement;
  if (!placement.useExpertParallel || parallel.numRedundantExperts > 0) return '';
  if (expertsOfRank[rank]?.includes(expert) ?? true) return '';
  const ranks = expertsOfRank.flatMap((experts, at) => (experts.includes(expert) ? [at] : []));
  return ranks.length === 0 ? ' (on no rank)' : ` (held by rank ${listRanges(ranks)} alone)`;
}

/** Weights of the expert, the drafter's before the target's, each layer in order. */
function tensorsOf(checkpoint: Checkpoint, plan: Plan, { expert, layer, part }: Question): number[] {
  const { names, layer: layers } = checkpoint.tensors;
  const needle = `.experts.${expert}.${part ?? ''}`;
  const passedOver = plan.rules.findIndex(({ id }) => id === 'skip:not_an_mtp_layer');
  const found: number[] = [];
  names.forEach((name, tensor) => {
    if (!name.includes(needle) || !/\.q?weight(?:_packed)?$/.test(name)) return;
    if (layer === undefined ? plan.tensors.rule[tensor] !== passedOver : layers[tensor] === layer) found.push(tensor);
  });
  return found.slice(0, mostAnswers);
}
