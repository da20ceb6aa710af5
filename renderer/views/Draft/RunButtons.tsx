import type { Stores } from '../../stores/createStores.ts';
import { Icon } from '../../widgets/Icon.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';

/** Run, or what can be done with the running run: one step, pause or resume, stop. */
export function RunButtons(props: {
  stores: Stores;
  running: boolean;
  canRun: boolean;
  /** Starts a run that waits after its first step. */
  onStep: () => void;
  onCompare: () => void;
  canCompare: boolean;
}) {
  const { stores, running, canRun } = props;
  const paused = useStoreValue(stores.decode, (state) => state.control?.paused ?? false);
  const comparing = useStoreValue(stores.decode, (state) => state.comparison.kind === 'running');
  const { control, stop } = stores.decode;
  const stopButton = (
    <button type="button" className="button" onClick={() => void stop()}>
      <Icon name="stop" />
      Stop
    </button>
  );
  if (comparing) return <div className="runButtons">{stopButton}</div>;
  if (running) {
    return (
      <div className="runButtons">
        <button type="button" className="button" onClick={() => void control({ step: true })}>
          <Icon name="step" />
          Step
        </button>
        <button type="button" className="button" onClick={() => void control({ paused: !paused })}>
          <Icon name={paused ? 'play' : 'pause'} />
          {paused ? 'Resume' : 'Pause'}
        </button>
        {stopButton}
      </div>
    );
  }
  return (
    <div className="runButtons">
      <button
        type="button"
        className="button"
        disabled={!props.canCompare}
        title="Decodes the prompt plainly and with drafts, in turn, at full speed"
        onClick={props.onCompare}
      >
        Compare with plain
      </button>
      <button type="button" className="button" disabled={!canRun} onClick={props.onStep}>
        <Icon name="step" />
        Step
      </button>
      <button type="submit" className="button primary" disabled={!canRun} title="Ctrl+Enter in the prompt">
        <Icon name="play" />
        Run
      </button>
    </div>
  );
}
