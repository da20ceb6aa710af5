import { useMemo } from 'react';
import type { Checkpoint, LoadState, Plan } from '../../../electron/common/contract.ts';
import {
  formatByteRate,
  formatBytes,
  formatBytesExact,
  formatCount,
  formatCountOf,
  formatMicros,
  formatNumber,
  formatPercent,
} from '../../format.ts';
import { type RateSample, ratesOf } from '../../stores/loadStore.ts';
import { niceTicks, RunningLine } from '../../widgets/charts.tsx';
import { Figure } from '../../widgets/Figure.tsx';
import { Panel } from '../../widgets/Panel.tsx';
import { ProgressBar } from '../../widgets/ProgressBar.tsx';
import { useThrottled } from '../../widgets/useThrottled.ts';

const noTimeline: LoadState['timeline'] = [];

const statusWords: Record<LoadState['status'], string> = {
  running: 'Loading',
  done: 'Loaded',
  cancelled: 'Cancelled',
  failed: 'Failed',
};

export function LoadProgress(props: { load: LoadState | null; starting: boolean; checkpoint: Checkpoint; plan: Plan }) {
  const { load, starting, checkpoint, plan } = props;
  const timeline = load?.timeline ?? noTimeline;
  const rates = useMemo(() => ratesOf(timeline), [timeline]);
  if (!load) return <NotLoaded checkpoint={checkpoint} plan={plan} starting={starting} />;
  return (
    <div className="loadGrid">
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
          <Figure label="time" value={formatMicros(load.micros)} />
          <Figure label="throughput" value={formatByteRate(load.bytesRead, load.micros)} />
          <Figure
            label="tensors"
            value={formatCount(load.tensorsDone)}
            exact={`${formatCount(load.tensorsDone)} of ${formatCount(load.tensorsTotal)}`}
          />
          <Figure label="parameters" value={formatCount(load.parametersTotal)} />
          <Figure
            label="memory"
            value={formatBytes(load.parameterBytes)}
            exact={formatBytesExact(load.parameterBytes)}
          />
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
        <GroupBars groups={load.groups} />
      </Panel>
      <Panel
        title="Throughput"
        aside={
          rates.length >= minSamples ? (
            <span className="mono">{`${rateUnit(rates).name}, peak ${formatNumber(peak(rates) / rateUnit(rates).size)}`}</span>
          ) : undefined
        }
        className="ratePanel"
      >
        <Throughput
          rates={rates}
          live={load.status === 'running'}
          average={load.micros > 0 ? (load.bytesRead / load.micros) * 1e6 : 0}
        />
      </Panel>
    </div>
  );
}

/** Which rank was read: a decode loads a single one whatever set-up is looked at. */
function rankText({ rank, tensorParallelSize, dataParallelSize }: LoadState['parallel']): string {
  const ranks = tensorParallelSize * dataParallelSize;
  return ranks === 1 ? 'single rank' : `rank ${rank} of ${ranks}`;
}

/** Fewer would draw a line that says nothing. */
const minSamples = 5;

function peak(rates: readonly RateSample[]): number {
  return rates.reduce((most, sample) => Math.max(most, sample.bytesPerSecond), 0);
}

function rateUnit(rates: readonly RateSample[]): { readonly size: number; readonly name: string } {
  return peak(rates) >= 1e9 ? { size: 1e9, name: 'GB/s' } : { size: 1e6, name: 'MB/s' };
}

function Throughput({ rates, live, average }: { rates: readonly RateSample[]; live: boolean; average: number }) {
  const shown = useThrottled(rates, live);
  if (shown.length < minSamples) {
    return (
      <p className="panelNote">
        {live
          ? 'The curve begins with the fifth sample.'
          : `${formatBytes(average)}/s on average. It was over before there were enough samples for a curve.`}
      </p>
    );
  }
  const { size, name } = rateUnit(shown);
  return (
    <RunningLine
      label="Throughput over time"
      testId="load-throughput"
      points={shown.map((sample) => ({ x: sample.micros / 1000, y: sample.bytesPerSecond / size }))}
      xTitle="time, ms"
      yTitle={name}
      ticks={niceTicks(peak(shown) / size)}
      xFrom={0}
      ceiling={average / size}
      ceilingLabel="average"
      colour="var(--loaded)"
    />
  );
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
function NotLoaded({ checkpoint, plan, starting }: { checkpoint: Checkpoint; plan: Plan; starting: boolean }) {
  const { loaded, skipped, error } = plan.totals;
  return (
    <Panel title={starting ? 'Starting …' : 'Not loaded'} className="loadPanel">
      <p className="panelNote" data-testid="load-empty">
        {`Load weights reads the target model and the drafter into parameters: ${formatBytes(checkpoint.totals.bytes)} on disk in ${formatCountOf(
          checkpoint.files.length,
          'file',
        )}. The drafter on rank ${plan.parallel.rank} takes ${formatCountOf(loaded.tensors, 'tensor')} (${formatBytes(loaded.bytes)}) and passes over ${formatCount(
          skipped.tensors,
        )}${error.tensors > 0 ? `; ${formatCount(error.tensors)} would fail` : ''}.`}
      </p>
    </Panel>
  );
}
