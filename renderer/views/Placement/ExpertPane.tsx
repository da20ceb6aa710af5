import type { Plan } from '../../../electron/common/contract.ts';
import { formatBytes, formatCount } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';
import { noFilter } from '../../stores/tensorFilter.ts';
import { describeCell, placementRows } from './placementGrid.ts';

/** One expert as one rank sees it. */
export function ExpertPane({
  stores,
  plan,
  expert,
  rank,
}: {
  stores: Stores;
  plan: Plan;
  expert: number;
  rank: number;
}) {
  const { placement } = plan;
  const rows = placementRows(plan);
  const local = rows.filled[rank]?.indexOf(expert) ?? -1;
  const bytes = placement.bytesOfRank[placement.useExpertParallel ? rank : 0];
  const held = rows.filled[rank]?.length ?? 0;
  return (
    <div className="story" data-testid="expert-story">
      <p className="storySummary">{`${describeCell(rows, rank, expert)}.`}</p>
      <dl className="facts">
        <div>
          <dt>physical expert</dt>
          <dd className="mono">{expert}</dd>
        </div>
        <div>
          <dt>local expert</dt>
          <dd className="mono">{local < 0 ? 'not on this rank' : local}</dd>
        </div>
        <div>
          <dt>experts on rank</dt>
          <dd className="mono">{`${formatCount(held)} of ${formatCount(placement.numPhysicalExperts)}`}</dd>
        </div>
        {bytes && (
          <div>
            <dt>bytes of its experts</dt>
            <dd className="mono">{formatBytes(bytes.experts)}</dd>
          </div>
        )}
      </dl>
      <p>
        {rank === rows.lookedAt ? (
          <span className="muted">This rank is the one whose plan is shown.</span>
        ) : (
          <button type="button" className="button" onClick={() => void stores.plan.change({ rank })}>
            {`Look at rank ${rank}`}
          </button>
        )}
      </p>
      <p>
        <button
          type="button"
          className="linkButton"
          onClick={() => {
            stores.mapping.narrow({ ...noFilter, search: `.experts.${expert}.` });
            stores.view.show('mapping');
          }}
        >
          {`Show the tensors of expert ${expert}`}
        </button>
      </p>
    </div>
  );
}
