import type { ParallelConfig } from '../../../electron/common/domain.ts';
import type { Stores } from '../../stores/createStores.ts';
import { Icon } from '../../widgets/Icon.tsx';

/** Where the set-up has several ranks: the next one in one press. Any other rank is chosen in the bar above. */
export function OtherRank(props: { stores: Stores; parallel: ParallelConfig; disabled: boolean }) {
  const { tensorParallelSize, dataParallelSize, rank } = props.parallel;
  const ranks = tensorParallelSize * dataParallelSize;
  if (ranks === 1) return null;
  const next = (rank + 1) % ranks;
  return (
    <button
      type="button"
      className="button"
      disabled={props.disabled}
      title={`Looks at rank ${next} of ${ranks} and loads it in place of what is loaded`}
      onClick={() => void props.stores.loadRank(next)}
    >
      <Icon name="load" />
      {`Load rank ${next}`}
    </button>
  );
}
