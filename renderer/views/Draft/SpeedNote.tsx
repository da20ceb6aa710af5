import { formatCountOf, formatNumber } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';
import { FailureBox } from '../../widgets/FailureBox.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';

/** Measured speed of plain decoding against decoding with drafts. */
export function SpeedNote({ stores }: { stores: Stores }) {
  const comparison = useStoreValue(stores.decode, (state) => state.comparison);
  if (comparison.kind === 'none') return null;
  if (comparison.kind === 'failed') return <FailureBox failure={comparison.failure} testId="compare-failure" />;
  if (comparison.kind === 'running') {
    return (
      <p className="speedNote" data-testid="speed-comparison">
        Measuring plain decoding and decoding with drafts, in turn …
      </p>
    );
  }
  const { plain, speculative, rounds, numSpeculativeTokens, cutShort } = comparison.result;
  const ratio = speculative.tokensPerSecond / plain.tokensPerSecond;
  return (
    <p className="speedNote" data-testid="speed-comparison">
      <span className="mono">{`${formatNumber(plain.tokensPerSecond)} tokens/s`}</span> plain,{' '}
      <span className="mono">{`${formatNumber(speculative.tokensPerSecond)} tokens/s`}</span>
      {` with k = ${numSpeculativeTokens}: `}
      <b className="mono">{`${formatNumber(ratio)} ×`}</b>
      <span className="muted">
        {` over ${formatCountOf(rounds, 'round')} of each, in turn${cutShort ? ', cut short' : ''}; the prompt’s own pass is left out`}
      </span>
    </p>
  );
}
