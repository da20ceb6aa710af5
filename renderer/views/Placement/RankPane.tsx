import type { Plan } from '../../../electron/common/contract.ts';
import { formatBytes, formatBytesExact, formatCount, listRanges } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';

/** One rank: its experts and its bytes. */
export function RankPane({ stores, plan, rank }: { stores: Stores; plan: Plan; rank: number }) {
  const { expertsOfRank, bytesOfRank, numPhysicalExperts } = plan.placement;
  const experts = expertsOfRank[rank] ?? [];
  const bytes = bytesOfRank[rank];
  return (
    <div className="story" data-testid="rank-story">
      <p className="storyName mono">{`rank ${rank}`}</p>
      <dl className="facts">
        <div>
          <dt>physical experts</dt>
          <dd className="mono">{`${formatCount(experts.length)} of ${formatCount(numPhysicalExperts)}`}</dd>
        </div>
        {bytes && (
          <div>
            <dt>drafter bytes</dt>
            <dd className="mono" title={formatBytesExact(bytes.experts + bytes.rest)}>
              {formatBytes(bytes.experts + bytes.rest)}
            </dd>
          </div>
        )}
      </dl>
      {experts.length > 0 && <p className="mono breakAll">{listRanges(experts)}</p>}
      {rank === plan.parallel.rank ? (
        <p className="muted">This rank is the one whose plan is shown.</p>
      ) : (
        <p>
          <button type="button" className="button" onClick={() => void stores.plan.change({ rank })}>
            {`Look at rank ${rank}`}
          </button>
        </p>
      )}
    </div>
  );
}
