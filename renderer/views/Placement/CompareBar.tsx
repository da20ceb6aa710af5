import type { Placement } from '../../../electron/common/contract.ts';
import type { ParallelConfig } from '../../../electron/common/domain.ts';
import { formatBytes, formatCount, formatCountOf, formatNumber, formatPercent } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';
import type { Comparison, PlacementModel } from '../../stores/placementStore.ts';
import { whyNotBuilt } from '../../stores/rankBytes.ts';

interface Choice {
  readonly label: string;
  readonly change: Partial<ParallelConfig>;
}

/** What can be laid beside a set-up: the other policy, experts spread or not, copies or none, twice or half the ranks. */
export function choicesFor(parallel: ParallelConfig): Choice[] {
  const { expertPlacementStrategy, enableExpertParallel, numRedundantExperts, dataParallelSize } = parallel;
  const other = expertPlacementStrategy === 'linear' ? 'roundRobin' : 'linear';
  return [
    {
      label: other === 'linear' ? 'linear placement' : 'round-robin placement',
      change: { expertPlacementStrategy: other },
    },
    {
      label: enableExpertParallel ? 'experts cut across ranks' : 'experts spread over ranks',
      change: { enableExpertParallel: !enableExpertParallel },
    },
    numRedundantExperts > 0
      ? { label: 'no redundant experts', change: { numRedundantExperts: 0, enableEplb: false } }
      : { label: '32 redundant experts', change: { numRedundantExperts: 32, enableEplb: true } },
    ...(parallel.tensorParallelSize * dataParallelSize * 2 <= 1024
      ? [{ label: 'twice the ranks', change: { dataParallelSize: dataParallelSize * 2 } }]
      : []),
    ...(dataParallelSize % 2 === 0
      ? [{ label: 'half the ranks', change: { dataParallelSize: dataParallelSize / 2 } }]
      : []),
  ];
}

/** Chooses a second set-up, and says in one sentence what moves. */
export function CompareBar(props: {
  stores: Stores;
  placement: Placement;
  comparison: Comparison | null;
  compareWith: Partial<ParallelConfig> | null;
  model: PlacementModel;
}) {
  const { stores, placement, comparison, compareWith, model } = props;
  const choices = choicesFor(placement.parallel);
  const chosen = chosenAmong(choices, compareWith);
  return (
    <div className="toolbar">
      <label className="field">
        <span className="fieldLabel">compare with</span>
        <select
          aria-label="Compare with"
          data-testid="compare-with"
          value={chosen}
          onChange={(event) => stores.placement.compareWith(choices[Number(event.target.value)]?.change ?? null)}
        >
          <option value={-1}>nothing</option>
          {choices.map(({ label }, at) => (
            <option key={label} value={at}>
              {label}
            </option>
          ))}
        </select>
      </label>
      {compareWith !== null && chosen >= 0 && (
        <span data-testid="moves">{comparison === null ? 'comparing …' : movesText(placement, comparison, model)}</span>
      )}
    </div>
  );
}

/** Name of the set-up laid beside; null = there is none, or the set-up on screen no longer offers it. */
export function comparedName(placement: Placement, compareWith: Partial<ParallelConfig> | null): string | null {
  const choices = choicesFor(placement.parallel);
  return choices[chosenAmong(choices, compareWith)]?.label ?? null;
}

function chosenAmong(choices: readonly Choice[], compareWith: Partial<ParallelConfig> | null): number {
  return choices.findIndex(({ change }) => JSON.stringify(change) === JSON.stringify(compareWith));
}

/** Exported for tests. Where one of the two can't be built, nothing is held and nothing moves: the reason instead. */
export function movesText(shown: Placement, { moves, placement }: Comparison, model: PlacementModel): string {
  const wrongThere = whyNotBuilt(placement, model);
  if (wrongThere !== null) return `It can’t be built, so nothing is compared. ${wrongThere}`;
  const wrongHere = whyNotBuilt(shown, model);
  if (wrongHere !== null) return `The set-up on screen can’t be built, so nothing is compared. ${wrongHere}`;
  const count = moves.moves.expert.length;
  const force =
    placement.policy.asked === placement.policy.inForce ? '' : ' The policy asked for is not honoured there.';
  const imbalance = `imbalance ${formatNumber(placement[model].imbalance)}`;
  if (count === 0) return `Nothing moves; ${imbalance}.${force}`;
  const share = formatPercent(moves.movedBytes / Math.max(1, moves.heldBytes));
  return `${formatCountOf(count, 'expert move')}: ${formatBytes(moves.movedBytes)} of ${formatBytes(moves.heldBytes)} (${share}) is received by ${formatCount(new Set(moves.moves.toRank).size)} of ${formatCountOf(placement.numRanks, 'rank')}; ${imbalance}.${force}`;
}
