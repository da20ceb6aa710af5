/** One tensor on every rank of a set-up: which part of it goes where, or why it goes nowhere. */
import type { Story, TensorSlices } from '../../common/contract.ts';
import type { RankPlacement, Tensor } from '../../common/domain.ts';
import { explainTensor } from './explainTensor.ts';
import { onRanks } from './findings/loadPicture.ts';
import { type LoadPlan, planLoad } from './loadPlan.ts';

/**
 * Ranks that do the same with the tensor are one group. Groups are in the order of their first ranks.
 * @param plan of any rank of the set-up
 * @param index index of a tensor of the plan
 * @param placementOf places another rank of the same set-up
 */
export function tensorSlices(
  plan: LoadPlan,
  index: number,
  placementOf: (rank: number) => RankPlacement,
): TensorSlices {
  const { parallel, tensors } = plan.input;
  const tensor = tensors[index];
  if (tensor === undefined) throw new RangeError(`There is no tensor ${index}.`);
  const numRanks = parallel.tensorParallelSize * parallel.dataParallelSize;
  const groups = new Map<string, { readonly story: Story; readonly ranks: number[] }>();
  for (let rank = 0; rank < numRanks; rank++) {
    const story = rank === parallel.rank ? explainTensor(plan, index) : storyOn(plan, tensor, rank, placementOf(rank));
    // What is said of an expert elsewhere names the rank.
    const said = isElsewhere(story) ? '' : story.summary;
    const key = JSON.stringify([story.outcome, said, story.parameter, story.slot, story.copies]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { story, ranks: [rank] });
    else group.ranks.push(rank);
  }
  return {
    tensor: index,
    numRanks,
    groups: Array.from(groups.values(), ({ story, ranks }) => ({
      ranks,
      outcome: story.outcome,
      summary: isElsewhere(story)
        ? `Skipped: expert ${story.expert} is not${numRanks === 1 ? ' there' : onRanks(ranks, { numRanks })}.`
        : story.summary,
      parameter: story.parameter,
      slot: story.slot,
      expert: story.expert,
      copies: story.copies,
    })),
  };
}

/** Only an expert that another rank holds is skipped with its number. */
function isElsewhere({ outcome, expert }: Story): boolean {
  return outcome === 'skipped' && expert !== null;
}

function storyOn({ input }: LoadPlan, tensor: Tensor, rank: number, placement: RankPlacement): Story {
  const own = planLoad({ ...input, parallel: { ...input.parallel, rank }, placement, tensors: [tensor] });
  return explainTensor(own, 0);
}
