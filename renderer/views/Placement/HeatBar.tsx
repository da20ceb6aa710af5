import type { Placement } from '../../../electron/common/contract.ts';
import { formatCount, formatCountOf, formatPercent } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';
import { Segments } from '../../widgets/Segments.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';
import { busiestRank, type ExpertCounts } from './routingHeat.ts';

const choices = [
  { value: 'held', label: 'holders' },
  { value: 'heat', label: 'routing of the last run' },
] as const;

/** Chooses between who holds an expert and how often it was routed to. */
export function HeatBar(props: {
  stores: Stores;
  placement: Placement;
  counts: ExpertCounts | null;
  layer: number | null;
}) {
  const { stores, placement, counts, layer } = props;
  const heat = useStoreValue(stores.routing, (state) => state.heat);
  return (
    <>
      <div className="heatBar">
        <Segments
          label="cells show"
          options={choices}
          value={heat ? 'heat' : 'held'}
          onChange={(value) => stores.routing.showHeat(value === 'heat')}
        />
        {heat && counts && (
          <span className="heatLegend mono">
            0
            <span className="heatRamp" aria-hidden="true" />
            {formatCount(counts.most)}
          </span>
        )}
      </div>
      {heat && (
        <p className="gridCaption" data-testid="heat-sentence">
          {counts
            ? countsSentence(placement, counts, layer)
            : 'No run yet: start one in the Draft view, then every expert shows how many tokens it was sent.'}
        </p>
      )}
    </>
  );
}

function countsSentence(placement: Placement, counts: ExpertCounts, layer: number | null): string {
  const where = layer === null ? '' : ` in layer ${layer}`;
  if (counts.total === 0) return `No token was routed${where} by the last run.`;
  const used = counts.of.filter((count) => count > 0).length;
  const sent = `${formatCountOf(counts.total, 'choice')} of an expert${where} by the last run, over ${formatCount(used)} of ${formatCountOf(counts.of.length, 'expert')}.`;
  const busiest = busiestRank(placement, counts);
  if (busiest === null) return sent;
  return `${sent} Rank ${busiest.rank} would get most: ${formatPercent(busiest.share)}, where an even share is ${formatPercent(1 / placement.numRanks)}.`;
}
