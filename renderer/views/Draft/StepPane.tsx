import type { DecodeStep } from '../../../electron/common/contract.ts';
import { formatMicros, formatProbability, visibleText } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';
import { targetsVerdict } from '../../stores/decodeTokens.ts';
import { useStoreValue } from '../../widgets/useStoreValue.ts';
import { CandidatePair } from './CandidatePair.tsx';

const verdictWords = { accepted: 'accepted', rejected: 'rejected', notReached: 'not reached' } as const;

/** One step, position by position: how sure the drafter was, and what the target thought of it. */
export function StepPane({ stores, index, position }: { stores: Stores; index: number; position: number }) {
  const step = useStoreValue(stores.decode, (state) => state.steps[index]);
  if (!step) return <p className="paneHint">This step belongs to a run that is over.</p>;
  const verdict = targetsVerdict(step);
  const positions = [...step.verdicts.keys()];
  return (
    <div className="story" data-testid="step-story">
      <p className="storySummary">
        {`Step ${step.index + 1}: ${summaryOf(step)} `}
        <span className="cellToken mono" data-verdict={verdict}>
          {visibleText(step.nextText)}
        </span>
      </p>
      <dl className="facts">
        <div>
          <dt>tokens before</dt>
          <dd className="mono">{step.contextLen}</dd>
        </div>
        <div>
          <dt>draft</dt>
          <dd className="mono">{formatMicros(step.draftMicros)}</dd>
        </div>
        <div>
          <dt>verify</dt>
          <dd className="mono">{formatMicros(step.verifyMicros)}</dd>
        </div>
      </dl>
      {positions.map((at) => (
        <section key={at} className={`stepPosition ${at === position ? 'isChosen' : ''}`}>
          <h3>
            {`Draft ${at + 1} `}
            <span className="cellToken mono" data-verdict={step.verdicts[at]}>
              {visibleText(step.draftTexts[at] ?? '')}
            </span>
            <span className="stepVerdict">{verdictWords[step.verdicts[at] ?? 'notReached']}</span>
          </h3>
          {step.uniforms[at] !== undefined && (
            <p className="stepRule">
              <span className="mono">{`p ${formatProbability(step.targetProbabilities[at] ?? Number.NaN)} ${(step.targetProbabilities[at] ?? 0) >= (step.uniforms[at] ?? 1) ? '≥' : '<'} u ${formatProbability(step.uniforms[at] ?? Number.NaN)}`}</span>
              {step.verdicts[at] === 'notReached' ? ': not looked at' : ''}
            </p>
          )}
          <p className="stepChances mono">
            {`drafter ${formatProbability(step.draftProbabilities[at] ?? Number.NaN)} · target ${formatProbability(step.targetProbabilities[at] ?? Number.NaN)}`}
          </p>
          <CandidatePair step={step} position={at} isTargets={false} />
        </section>
      ))}
      {step.kind === 'bonus' && (
        <section className={`stepPosition ${position === step.accepted ? 'isChosen' : ''}`}>
          <h3>
            {verdict === 'plain' ? 'Target ' : 'Bonus '}
            <span className="cellToken mono" data-verdict={verdict}>
              {visibleText(step.nextText)}
            </span>
          </h3>
          <CandidatePair step={step} position={step.accepted} isTargets />
        </section>
      )}
    </div>
  );
}

function summaryOf({ draftIds, accepted, kind }: DecodeStep): string {
  if (draftIds.length === 0) return 'no drafts, the target’s own token';
  return `${accepted} of ${draftIds.length} accepted, then ${kind === 'bonus' ? 'the bonus token' : 'recovered'}`;
}
