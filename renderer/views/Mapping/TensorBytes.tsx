import type { TensorValues } from '../../../electron/common/contract.ts';
import { formatBytes, formatCount, formatCountOf, formatShape } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';
import { FailureBox } from '../../widgets/FailureBox.tsx';
import { Histogram } from '../../widgets/Histogram.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { ScaleGrid } from '../../widgets/ScaleGrid.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';

/** What is in the tensor, read when asked for: statistics, histograms, first values, block scales. */
export function TensorBytes(props: { stores: Stores; tensor: number; width: number }) {
  const { stores, tensor, width } = props;
  const inspection = useStoreValue(stores.inspect, (state) => state.inspection);
  const mine = inspection.kind !== 'none' && inspection.tensor === tensor ? inspection : null;
  return (
    <>
      <h3>Values</h3>
      {mine?.kind === 'read' ? (
        <Values values={mine.values} width={width} />
      ) : (
        <p>
          <button
            type="button"
            className="button"
            disabled={mine?.kind === 'reading'}
            onClick={() => void stores.inspect.read(tensor)}
          >
            <Icon name="search" />
            {mine?.kind === 'reading' ? 'Reading up to 1 MiB …' : 'Read its values'}
          </button>
        </p>
      )}
      {mine?.kind === 'failed' && <FailureBox failure={mine.failure} testId="inspect-failure" />}
    </>
  );
}

function Values({ values, width }: { values: TensorValues; width: number }) {
  const { counts, range, histogram, exponents, scaleGrid, first } = values;
  return (
    <div className="tensorValues" data-testid="tensor-values">
      <p className="muted">
        {`${values.sampled ? `A sample: ${formatCount(values.valuesRead)} of ${formatCountOf(values.numel, 'value')}` : `All ${formatCountOf(values.numel, 'value')}`}, ${formatBytes(values.bytesRead)} read.`}
      </p>
      <dl className="facts">
        {range && <Fact name="min … max" text={`${short(range.min)} … ${short(range.max)}`} />}
        {range && <Fact name="mean ± deviation" text={`${short(range.mean)} ± ${short(range.deviation)}`} />}
        <Fact name="NaN, infinite" text={`${formatCount(counts.nan)}, ${formatCount(counts.infinite)}`} />
        <Fact name="zero, negative" text={`${formatCount(counts.zero)}, ${formatCount(counts.negative)}`} />
      </dl>
      {range && range.min === range.max && (
        <p className="noteLine">{`Every finite value read is ${short(range.min)}.`}</p>
      )}
      {histogram && !(range && range.min === range.max) && (
        <Histogram
          title="values"
          counts={histogram.counts}
          from={short(histogram.low)}
          to={short(histogram.high)}
          width={width}
        />
      )}
      {exponents && (
        <Histogram
          title="size, as powers of two"
          counts={exponents.counts}
          from={`2^${exponents.first}`}
          to={`2^${exponents.first + exponents.counts.length - 1}`}
          width={width}
        />
      )}
      {scaleGrid && (
        <ScaleGrid
          title={`block scales, ${formatShape([scaleGrid.rows, scaleGrid.cols])}`}
          rows={scaleGrid.rows}
          columns={scaleGrid.cols}
          values={scaleGrid.values}
          width={width}
        />
      )}
      <p className="mono firstValues">
        {Array.from(first.subarray(0, 16), short).join('  ')}
        {values.numel > 16 ? ' …' : ''}
      </p>
    </div>
  );
}

function Fact({ name, text }: { name: string; text: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className="mono">{text}</dd>
    </div>
  );
}

function short(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : String(value);
}
