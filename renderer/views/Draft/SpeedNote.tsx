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
  const fastest = Math.max(plain.tokensPerSecond, speculative.tokensPerSecond);
  const rows = [
    { word: 'plain', rate: plain.tokensPerSecond, fill: 'fill-muted' },
    { word: `k = ${numSpeculativeTokens}`, rate: speculative.tokensPerSecond, fill: 'fill-accepted' },
  ];
  return (
    <div className="speedNote" data-testid="speed-comparison">
      <dl className="speedBars">
        {rows.map(({ word, rate, fill }) => (
          <div key={word}>
            <dt>{word}</dt>
            <dd>
              <span className="speedTrack">
                <span className={fill} style={{ width: `${(100 * rate) / fastest}%` }} />
              </span>
              <span className="mono">{`${formatNumber(rate)} tokens/s`}</span>
            </dd>
          </div>
        ))}
      </dl>
      <b className="mono">{`${formatNumber(ratio)} ×`}</b>
      <span className="muted">
        {`over ${formatCountOf(rounds, 'round')} of each, in turn${cutShort ? ', cut short' : ''}; the prompt’s own pass is left out`}
      </span>
    </div>
  );
}
