import { memo, useEffect, useMemo } from 'react';
import { formatBytes, formatCountOf } from '../../format.ts';
import { isLoading, shownLoad } from '../../stores/loadStore.ts';
import { FailureBox } from '../../widgets/FailureBox.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';
import { usePaced } from '../../widgets/useThrottled.ts';
import { ParameterTable } from '../Mapping/ParameterTable.tsx';
import type { ViewProps } from '../viewProps.ts';
import { LoadDetail } from './LoadDetail.tsx';
import { LoadProgress } from './LoadProgress.tsx';
import { OtherRank } from './OtherRank.tsx';
import { SaveLoad } from './SaveLoad.tsx';
import { Throughput } from './Throughput.tsx';

/** Milliseconds between two renewals of the figures; the charts are renewed less often. */
const figuresPace = 100;

/** Nothing of it changes while weights are read. */
const Parameters = memo(ParameterTable);

const threadChoices = [0, 1, 2, 4, 8, 16, 32];

/** Reads the weights of the looked-at rank and shows what arrived, what was left out and how fast. */
export function Load({ stores, checkpoint, plan }: ViewProps) {
  const status = useStoreValue(stores.load, (state) => state.status);
  const load = useStoreValue(stores.load, shownLoad);
  const loading = useStoreValue(stores.load, isLoading);
  const { threads, countValues } = useStoreValue(stores.view, (state) => state);
  const engineGone = useStoreValue(stores.engine, (state) => state.engine.status === 'stopped');
  const ceiling = useStoreValue(stores.load, (state) => state.ceiling);
  const detail = useStoreValue(stores.loadDetail, (state) => state);
  const starting = status.kind === 'starting';
  const runningNow = load?.run;
  useEffect(() => {
    if (runningNow !== undefined) void stores.loadDetail.catchUp(runningNow);
  }, [stores, runningNow]);
  const now = useMemo(() => ({ load, ceiling, starting, detail }), [load, ceiling, starting, detail]);
  const figures = usePaced(now, load === null ? 'calm' : 'live', figuresPace);
  // All charts in one frame. What has nothing to draw does not hold back what has.
  const charts = usePaced(now, detail.run === load?.run ? 'live' : 'calm');
  const again = load?.status === 'done';
  return (
    <div className="column load">
      <div className="toolbar">
        <span className="loadActions">
          {loading ? (
            <button type="button" className="button" onClick={() => void stores.load.cancel()}>
              <Icon name="stop" />
              Cancel
            </button>
          ) : (
            <button
              type="button"
              className={`button ${again ? '' : 'primary'}`}
              disabled={engineGone}
              onClick={() => void stores.load.start(threads, countValues)}
            >
              <Icon name="load" />
              Load weights
            </button>
          )}
          {load?.status === 'running' && (
            <button type="button" className="button" onClick={() => void stores.load.pause(!load.paused)}>
              <Icon name={load.paused ? 'play' : 'pause'} />
              {load.paused ? 'Go on' : 'Pause'}
            </button>
          )}
          {!loading && <OtherRank stores={stores} parallel={plan.parallel} disabled={engineGone} />}
        </span>
        <label className="field">
          <span className="fieldLabel">reader threads</span>
          <select
            value={threads}
            disabled={loading}
            onChange={(event) => stores.view.setThreads(Number(event.target.value))}
          >
            {threadChoices.map((choice) => (
              <option key={choice} value={choice}>
                {choice === 0 ? 'automatic' : choice}
              </option>
            ))}
          </select>
        </label>
        <label className="field" title="NaN, Inf, range and mean of every parameter; then in the pane of a tensor">
          <input
            type="checkbox"
            checked={countValues}
            disabled={loading}
            onChange={(event) => stores.view.setCountValues(event.target.checked)}
          />
          count values
        </label>
        {load && load.status !== 'running' ? (
          <SaveLoad stores={stores} />
        ) : (
          <span className="toolbarCount mono">
            {`rank ${plan.parallel.rank}: ${formatCountOf(plan.parameters.length, 'drafter parameter')}, ${formatBytes(
              plan.parameters.reduce((sum, parameter) => sum + parameter.bytes, 0),
            )}`}
          </span>
        )}
      </div>
      {!engineGone && status.kind === 'refused' && <FailureBox failure={status.failure} testId="load-failure" />}
      {!engineGone && status.kind === 'known' && status.load.failure && (
        <FailureBox failure={status.load.failure} testId="load-failure" />
      )}
      <div className="loadGrid" data-behind={charts !== now}>
        <LoadProgress
          load={figures.load}
          starting={figures.starting}
          checkpoint={checkpoint}
          plan={plan}
          stores={stores}
        />
        <Throughput load={charts.load} ceiling={charts.ceiling} />
      </div>
      <LoadDetail checkpoint={checkpoint} load={charts.load} detail={charts.detail} />
      <Parameters stores={stores} plan={plan} />
    </div>
  );
}
