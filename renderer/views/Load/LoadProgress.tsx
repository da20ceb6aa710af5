import { memo } from 'react';
import type { Checkpoint, LoadState, Plan } from '../../../electron/common/contract.ts';
import {
  formatByteRate,
  formatBytes,
  formatBytesExact,
  formatCount,
  formatCountOf,
  formatMicros,
  formatPercent,
} from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';
import { Figure } from '../../widgets/Figure.tsx';
import { Panel } from '../../widgets/Panel.tsx';
import { ProgressBar } from '../../widgets/ProgressBar.tsx';
import { RankFit } from './RankFit.tsx';

const statusWords: Record<LoadState['status'], string> = {
  running: 'Loading',
  done: 'Loaded',
  cancelled: 'Cancelled',
  failed: 'Failed',
};

/** What became of it, where the figures alone would mislead. */
const ended: Partial<Record<LoadState['status'], string>> = {
  cancelled: 'Nothing of it is kept; the memory is free again. What it had read until then:',
  failed: 'It stopped at the fault above and keeps nothing. What it had read until then:',
};

/** Memoised: a renewal of the charts costs nothing here. */
export const LoadProgress = memo(function LoadProgress(props: {
  load: LoadState | null;
  starting: boolean;
  checkpoint: Checkpoint;
  plan: Plan;
  stores: Stores;
}) {
  const { load, starting, checkpoint, plan, stores } = props;
  if (!load) return <NotLoaded checkpoint={checkpoint} plan={plan} starting={starting} stores={stores} />;
  const readMicros = load.micros - load.pausedMicros;
  return (
    <Panel
      title={load.status === 'running' && load.paused ? 'Paused' : statusWords[load.status]}
      testId={load.status === 'running' ? 'load-running' : 'load-report'}
      className={`loadPanel is-${load.status}`}
      aside={
        <span className="mono">{`${rankText(load.parallel)}, ${formatCountOf(load.threads, 'thread')}, ${load.backend === 'cuda' ? 'CUDA' : 'CPU'}`}</span>
      }
    >
      <div className="figures">
        <Figure label="read" value={formatBytes(load.bytesRead)} exact={formatBytesExact(load.bytesRead)} />
        <Figure
          label={load.pausedMicros > 0 ? 'time without pauses' : 'time'}
          value={formatMicros(readMicros)}
          exact={
            load.pausedMicros > 0
              ? `${formatMicros(load.micros)} with ${formatMicros(load.pausedMicros)} of pauses`
              : undefined
          }
        />
        <Figure label="throughput" value={formatByteRate(load.bytesRead, readMicros)} />
        <Figure
          label="tensors"
          value={formatCount(load.tensorsDone)}
          exact={`${formatCount(load.tensorsDone)} of ${formatCount(load.tensorsTotal)}`}
        />
        <Figure label="parameters" value={formatCount(load.parametersTotal)} />
        <Figure label="memory" value={formatBytes(load.parameterBytes)} exact={formatBytesExact(load.parameterBytes)} />
      </div>
      <div className="totalBar">
        <ProgressBar
          done={load.bytesRead}
          total={load.bytesTotal}
          fill={load.status === 'failed' ? 'fill-error' : 'fill-loaded'}
          label="Bytes read"
        />
        <span className="mono" data-testid="load-percent">
          {formatPercent(load.bytesTotal > 0 ? load.bytesRead / load.bytesTotal : 1)}
        </span>
      </div>
      {ended[load.status] && (
        <p className="panelNote" data-testid="load-outcome">
          {ended[load.status]}
        </p>
      )}
      <GroupBars groups={load.groups} />
    </Panel>
  );
});

/** Which rank was read: a decode loads a single one whatever set-up is looked at. */
function rankText({ rank, tensorParallelSize, dataParallelSize }: LoadState['parallel']): string {
  const ranks = tensorParallelSize * dataParallelSize;
  return ranks === 1 ? 'single rank' : `rank ${rank} of ${ranks}`;
}

function GroupBars({ groups }: { groups: LoadState['groups'] }) {
  return (
    <table className="groupTable" data-testid="load-groups">
      <thead>
        <tr>
          <th scope="col">group</th>
          <th scope="col">progress</th>
          <th scope="col" className="numeric">
            tensors
          </th>
          <th scope="col" className="numeric">
            bytes
          </th>
        </tr>
      </thead>
      <tbody>
        {groups.map((group) => (
          <tr key={group.id} data-group={group.id}>
            <th scope="row">
              <span className="groupName">
                <span className={`swatch fill-${group.kind}`} />
                {group.label}
              </span>
            </th>
            <td className="groupBar">
              <ProgressBar done={group.doneBytes} total={group.bytes} fill={`fill-${group.kind}`} label={group.label} />
            </td>
            <td className="mono numeric">{progress(group.doneTensors, group.tensors)}</td>
            <td className="mono numeric" title={formatBytesExact(group.bytes)}>
              {formatBytes(group.doneBytes)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function progress(done: number, total: number): string {
  return done === total ? formatCount(total) : `${formatCount(done)} / ${formatCount(total)}`;
}

/** What would be read, before it is. */
function NotLoaded(props: { checkpoint: Checkpoint; plan: Plan; starting: boolean; stores: Stores }) {
  const { checkpoint, plan, starting, stores } = props;
  const { loaded, skipped, error } = plan.totals;
  const onDisk = formatBytes(checkpoint.totals.bytes);
  return (
    <Panel title={starting ? `Starting: 0 B of ${onDisk}` : 'Not loaded'} className="loadPanel">
      <p className="panelNote" data-testid="load-empty">
        {`Load weights reads the target model and the drafter into parameters: ${onDisk} on disk in ${formatCountOf(
          checkpoint.files.length,
          'file',
        )}. The drafter on rank ${plan.parallel.rank} takes ${formatCountOf(loaded.tensors, 'tensor')} (${formatBytes(loaded.bytes)}) and passes over ${formatCount(
          skipped.tensors,
        )}${error.tensors > 0 ? `; ${formatCount(error.tensors)} would fail` : ''}.`}
      </p>
      <RankFit stores={stores} plan={plan} />
    </Panel>
  );
}
