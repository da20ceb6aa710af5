import { memo, useMemo } from 'react';
import type { LoadState, ReadCeiling } from '../../../electron/common/contract.ts';
import { formatByteRate, formatBytes, formatCountOf, formatNumber, formatPercent } from '../../format.ts';
import { ratesOf } from '../../stores/loadStore.ts';
import { niceTicks, RunningLine } from '../../widgets/charts.tsx';
import { Panel } from '../../widgets/Panel.tsx';

/** Fewer would draw a line that says nothing. */
const minSamples = 5;

/** Bytes a second over time, beside the mean of the load and what plain reads reach here. */
export const Throughput = memo(function Throughput(props: { load: LoadState | null; ceiling: ReadCeiling | null }) {
  return props.load === null ? (
    <Panel title="Throughput" className="ratePanel">
      <p className="panelNote chartNote">Bytes a second while it loads, beside the mean and what plain reads reach.</p>
    </Panel>
  ) : (
    <Rates load={props.load} ceiling={props.ceiling} />
  );
});

function Rates({ load, ceiling }: { load: LoadState; ceiling: ReadCeiling | null }) {
  const { timeline } = load;
  const live = load.status === 'running';
  const rates = useMemo(() => ratesOf(timeline), [timeline]);
  const micros = load.micros - load.pausedMicros;
  const mean = micros > 0 ? (load.bytesRead / micros) * 1e6 : 0;
  const plain = ceiling !== null && ceiling.micros > 0 ? (ceiling.bytes / ceiling.micros) * 1e6 : null;
  const most = rates.reduce((peak, sample) => Math.max(peak, sample.bytesPerSecond), Math.max(mean, plain ?? 0));
  const unit = most >= 1e9 ? { size: 1e9, name: 'GB/s' } : { size: 1e6, name: 'MB/s' };
  const drawn = rates.length >= minSamples;
  return (
    <Panel
      title="Throughput"
      aside={drawn ? <span className="mono">{unit.name}</span> : undefined}
      className="ratePanel"
    >
      {drawn ? (
        <RunningLine
          label="Throughput over time"
          testId="load-throughput"
          points={rates.map((sample) => ({ x: sample.micros / 1000, y: sample.bytesPerSecond / unit.size }))}
          xTitle="time, ms"
          yTitle={unit.name}
          ticks={niceTicks(most / unit.size)}
          xFrom={0}
          levels={[
            { y: mean / unit.size, label: `mean ${formatNumber(mean / unit.size)}` },
            ...(plain === null
              ? []
              : [{ y: plain / unit.size, label: `plain reads ${formatNumber(plain / unit.size)}` }]),
          ]}
          colour="var(--loaded)"
        />
      ) : (
        <p className="panelNote chartNote">
          {live
            ? `The curve begins with the fifth sample; there ${rates.length === 1 ? 'is' : 'are'} ${rates.length}.`
            : `${formatBytes(mean)}/s on average. It was over before there were enough samples for a curve.`}
        </p>
      )}
      <p className="panelNote ceilingNote" data-testid="load-ceiling">
        {ceiling === null ? ceilingToCome(load.status) : ceilingWords(ceiling, mean, plain)}
      </p>
    </Panel>
  );
}

function ceilingToCome(status: LoadState['status']): string {
  return status === 'running'
    ? 'Plain reads of the same files are measured once, after the load.'
    : 'Plain reads of the same files are measured after a load that ends by itself.';
}

function ceilingWords({ bytes, micros, readers, passes }: ReadCeiling, mean: number, plain: number | null): string {
  const from = passes > 1 ? 'from the file cache' : 'in one pass';
  const share = plain === null || mean === 0 ? '' : ` The load reached ${formatPercent(mean / plain)} of it.`;
  return `Plain reads: ${formatByteRate(bytes, micros)}, the first ${formatBytes(bytes)} of these files ${from}, ${formatCountOf(readers, 'reader')}, after the load.${share}`;
}
