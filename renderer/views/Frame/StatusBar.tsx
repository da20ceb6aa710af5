import {
  formatByteRate,
  formatBytes,
  formatCount,
  formatCountOf,
  formatPercent,
  formatPerSecond,
} from '../../format.ts';
import { openCheckpoint } from '../../stores/checkpointStore.ts';
import type { Stores } from '../../stores/createStores.ts';
import { sumTimes } from '../../stores/decodeTokens.ts';
import { shownLoad } from '../../stores/loadStore.ts';
import { shownPlan } from '../../stores/planStore.ts';
import { useStoreValue } from '../../widgets/useStoreValue.ts';

export function StatusBar({ stores }: { stores: Stores }) {
  return (
    <footer className="statusBar">
      <EnginePart stores={stores} />
      <WorkPart stores={stores} />
      <FactsPart stores={stores} />
      <button
        type="button"
        className="paletteHint mono"
        title="Command palette: every action by its name"
        onClick={() => stores.view.setPalette(true)}
      >
        {stores.platform === 'darwin' ? '⌘ K' : 'Ctrl K'}
      </button>
    </footer>
  );
}

function EnginePart({ stores }: { stores: Stores }) {
  const { engine, synced, protocolFailure, version } = useStoreValue(stores.engine, (state) => state);
  const silent = engine.status === 'running' && engine.silence !== undefined;
  const state = silent ? 'silent' : engine.status;
  const words =
    state === 'stopped' || state === 'silent'
      ? `engine ${state}`
      : state === 'running' && synced
        ? 'engine ready'
        : 'engine starting';
  return (
    <>
      <span
        className={`statusEngine status-${state}`}
        data-testid="engine-status"
        title={version && `Draftscope ${version}`}
      >
        <span className="statusDot" />
        {words}
      </span>
      {protocolFailure && (
        <span className="statusWarning" title={protocolFailure.hint}>
          {protocolFailure.message}
        </span>
      )}
    </>
  );
}

/** Running work with its progress and the way to end it. */
function WorkPart({ stores }: { stores: Stores }) {
  const loadStatus = useStoreValue(stores.load, (state) => state.status);
  const decodeStatus = useStoreValue(stores.decode, (state) => state.status);
  const opening = useStoreValue(stores.checkpoint, (state) => (state.status.kind === 'opening' ? state.status : null));
  const planning = useStoreValue(stores.plan, (state) => state.status.kind === 'making');
  if (opening) {
    return (
      <span className="statusWork mono">{`opening: ${formatCount(opening.filesRead)} of ${formatCountOf(opening.files, 'file')}`}</span>
    );
  }
  if (loadStatus.kind === 'known' && loadStatus.load.status === 'running') {
    const { bytesRead, bytesTotal, micros } = loadStatus.load;
    return (
      <span className="statusWork mono">
        {`loading ${formatPercent(bytesTotal > 0 ? bytesRead / bytesTotal : 0)} · ${formatBytes(bytesRead)} · ${formatByteRate(bytesRead, micros)}`}
        <button type="button" className="linkButton" onClick={() => void stores.load.cancel()}>
          cancel
        </button>
      </span>
    );
  }
  if (decodeStatus.kind === 'known' && decodeStatus.run.status === 'running') {
    return (
      <span className="statusWork mono">
        {`decoding, k = ${decodeStatus.run.numSpeculativeTokens}`}
        <button type="button" className="linkButton" onClick={() => void stores.decode.stop()}>
          stop
        </button>
      </span>
    );
  }
  return planning ? <span className="statusWork">planning …</span> : null;
}

/** What holds while nothing runs. */
function FactsPart({ stores }: { stores: Stores }) {
  const checkpoint = useStoreValue(stores.checkpoint, openCheckpoint);
  const plan = useStoreValue(stores.plan, shownPlan);
  const load = useStoreValue(stores.load, shownLoad);
  const decode = useStoreValue(stores.decode, (state) => state);
  const facts: string[] = [];
  if (decode.status.kind === 'known' && decode.stepCount > 0 && decode.status.run.status !== 'running') {
    const times = sumTimes(decode.steps);
    const tokens = decode.steps.at(-1)?.counters.outputTokens ?? 0;
    facts.push(`last run ${formatPerSecond(tokens, times.draftMicros + times.verifyMicros)} tokens/s`);
  }
  if (load?.status === 'done') {
    const { bytesRead, micros } = load;
    facts.push(`${formatBytes(bytesRead)} loaded, ${formatByteRate(bytesRead, micros)}`);
  }
  if (checkpoint)
    facts.push(`${formatCountOf(checkpoint.totals.tensors, 'tensor')}, ${formatBytes(checkpoint.totals.bytes)}`);
  if (plan) facts.push(plan.reference);
  return (
    <span className="statusFacts mono">
      {facts.map((fact) => (
        <span key={fact}>{fact}</span>
      ))}
    </span>
  );
}
