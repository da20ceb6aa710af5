import type { Plan } from '../../../electron/common/contract.ts';
import { formatBytes, formatBytesExact } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';
import { fitOf } from '../../stores/memoryStore.ts';
import { Icon } from '../../widgets/Icon.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';
import { useMemoryNeed } from '../useMemoryNeed.ts';

/** Whether the weights of the looked-at rank would be let in, said before anybody waits for it. */
export function RankFit({ stores, plan }: { stores: Stores; plan: Plan }) {
  const device = useStoreValue(stores.engine, (state) => state.device.active);
  const { need } = useMemoryNeed(stores, plan);
  const free = fitOf(need, device)?.free ?? 0;
  const { rank } = plan.parallel;
  const total = need?.ranks.find(({ ranks }) => ranks.includes(rank))?.total;
  if (total === undefined || free === 0) return null;
  const fits = total <= free;
  return (
    <p className="rankFit" data-testid="rank-fit" title={`${formatBytesExact(total)} of ${formatBytesExact(free)}`}>
      <span className={`fitVerdict ${fits ? '' : 'isTooLarge'}`}>
        <Icon name={fits ? 'loaded' : 'blocker'} size={14} />
        {fits ? 'fits' : 'too large'}
      </span>
      {`Rank ${rank} takes ${formatBytes(total)} of memory, target and drafter; ${device} can give ${formatBytes(free)}${
        fits ? '' : ', so a load is refused. More ranks, chosen in Overview, make each smaller'
      }.`}
    </p>
  );
}
