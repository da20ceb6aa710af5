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

/** Chooses between who holds an expert and how often it was routed to, and of which layer. */
export function HeatBar(props: { stores: Stores; placement: Placement; counts: ExpertCounts | null }) {
  const { stores, placement, counts } = props;
  const { routing, heat, layer } = useStoreValue(stores.routing, (state) => state);
  return (
    <>
      <div className="heatBar">
        <Segments
          label="cells show"
          options={choices}
          value={heat ? 'heat' : 'held'}
          onChange={(value) => stores.routing.showHeat(value === 'heat')}
        />
        {heat && routing && (
          <label className="field">
            <span className="fieldLabel">layer</span>
            <select
              data-testid="heat-layer"
              value={layer ?? ''}
              onChange={({ target }) => stores.routing.chooseLayer(target.value === '' ? null : Number(target.value))}
            >
              <option value="">{`all ${routing.layers.length}`}</option>
              {routing.layers.map((name, row) => (
                <option key={name} value={row}>
                  {`${name}${row < routing.numTargetLayers ? '' : ' (MTP)'}`}
                </option>
              ))}
            </select>
          </label>
        )}
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
            ? countsSentence(placement, counts)
            : 'No run yet: start one in the Draft view, then every expert shows how many tokens it was sent.'}
        </p>
      )}
    </>
  );
}

function countsSentence(placement: Placement, counts: ExpertCounts): string {
  const used = counts.of.filter((count) => count > 0).length;
  const sent = `${formatCountOf(counts.total, 'choice')} of an expert by the last run, over ${formatCount(used)} of ${formatCountOf(counts.of.length, 'expert')}.`;
  const busiest = busiestRank(placement, counts);
  if (busiest === null) return sent;
  return `${sent} Rank ${busiest.rank} would get most: ${formatPercent(busiest.share)}, where an even share is ${formatPercent(1 / placement.numRanks)}.`;
}
