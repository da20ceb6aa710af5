import { formatCountOf } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';
import { activeBackend } from '../../stores/engineStore.ts';
import { markPopover } from '../../widgets/markPopover.ts';
import { useStoreValue } from '../../widgets/useStoreValue.ts';

const names = { cpu: 'CPU', cuda: 'CUDA' } as const;
const popoverId = 'backends';

/** The backend that does the work; a press tells of all, also of those that can't be used and why. */
export function BackendChip({ stores }: { stores: Stores }) {
  const backend = useStoreValue(stores.engine, activeBackend);
  if (!backend) return null;
  return (
    <>
      <button type="button" className="chip" data-testid="backend" title={backend.detail} popoverTarget={popoverId}>
        <span className="chipLabel">{names[backend.kind]}</span>
        {backend.threads > 0 && <span className="chipValue mono">{formatCountOf(backend.threads, 'thread')}</span>}
      </button>
      <div id={popoverId} popover="auto" className="popover" onToggle={markPopover}>
        <h2>What computes</h2>
        <BackendList stores={stores} />
      </div>
    </>
  );
}

export function BackendList({ stores }: { stores: Stores }) {
  const backends = useStoreValue(stores.engine, (state) => state.device.backends);
  return (
    <dl className="guide" data-testid="backend-list">
      {backends.map(({ kind, id, available, detail }) => (
        <div key={id} data-available={available}>
          <dt className="mono">{available ? id : names[kind]}</dt>
          <dd>{detail}</dd>
        </div>
      ))}
    </dl>
  );
}
