import { formatCount } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';
import { FailureBox } from '../../widgets/FailureBox.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';

/** Shown while the engine is gone or does not answer: what happened, and the way back. */
export function EngineBanner({ stores }: { stores: Stores }) {
  const engine = useStoreValue(stores.engine, (state) => state.engine);
  const restartFailure = useStoreValue(stores.engine, (state) => state.restartFailure);
  const silence = engine.status === 'running' ? engine.silence : undefined;
  if (engine.status !== 'stopped' && silence === undefined) return null;
  const restart = (label: string) => (
    <button type="button" className="button primary" onClick={() => void stores.restartEngine()}>
      <Icon name="restart" />
      {label}
    </button>
  );
  if (engine.status === 'stopped') {
    return (
      <FailureBox failure={restartFailure ?? engine.failure} testId="engine-stopped">
        {restart('Restart')}
      </FailureBox>
    );
  }
  return (
    <FailureBox failure={restartFailure ?? silentFailure(silence?.working ?? false)} testId="engine-silent">
      {restart('Restart engine')}
      {/* Read aloud once, with the sentence, and not at every second. */}
      <span className="mono" aria-live="off">{`silent for ${formatCount(silence?.seconds ?? 0)} s`}</span>
    </FailureBox>
  );
}

function silentFailure(working: boolean) {
  return {
    message: working
      ? 'The engine has not answered for a long time, though it is at work.'
      : 'The engine does not answer, and does nothing.',
    hint: working
      ? 'It may come back by itself. Restarting it ends what runs and opens the checkpoint again; nothing on disk is changed.'
      : 'A disk that does not answer can hold it up. Restarting it opens the checkpoint again; nothing on disk is changed.',
  };
}
