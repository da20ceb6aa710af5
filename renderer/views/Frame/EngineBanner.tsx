import type { Stores } from '../../stores/createStores.ts';
import { FailureBox } from '../../widgets/FailureBox.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';

/** Shown while the engine is gone: what happened, and the way back. */
export function EngineBanner({ stores }: { stores: Stores }) {
  const engine = useStoreValue(stores.engine, (state) => state.engine);
  const restartFailure = useStoreValue(stores.engine, (state) => state.restartFailure);
  if (engine.status !== 'stopped') return null;
  return (
    <FailureBox failure={restartFailure ?? engine.failure} testId="engine-stopped">
      <button type="button" className="button primary" onClick={() => void stores.restartEngine()}>
        <Icon name="restart" />
        Restart
      </button>
    </FailureBox>
  );
}
