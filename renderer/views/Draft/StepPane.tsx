import { formatMicros, formatProbability, visibleText } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';
import { useStoreValue } from '../../widgets/useStoreValue.ts';
import { CandidateList } from './CandidateList.tsx';

const verdictWords = { accepted: 'accepted', rejected: 'rejected', notReached: 'not reached' } as const;

/** One step, position by position: how sure the drafter was, and what the target thought of it. */
export function StepPane({ stores, index, position }: { stores: Stores; index: number; position: number }) {
  const step = useStoreValue(stores.decode, (state) => state.steps[index]);
  if (!step) return <p className="paneHint">This step belongs to a run that is over.</p>;
  const positions = [...step.verdicts.keys()];
  return (
    <div className="story" data-testid="step-story">
      <p className="storySummary">
        {`Step ${step.index + 1}: ${step.accepted} of ${step.draftIds.length} accepted, then ${step.kind === 'bonus' ? 'the bonus token' : 'recovered'} `}
        <span className="cellToken mono" data-verdict={step.kind}>
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
          <div className="candidatePair">
            <CandidateList
              title="drafter"
              candidates={step.draftCandidates[at] ?? []}
              mark={step.draftIds[at]}
              fill="fill-accent"
            />
            <CandidateList
              title="target"
              candidates={step.targetCandidates[at] ?? []}
              mark={step.targetIds[at]}
              fill="fill-accepted"
            />
          </div>
        </section>
      ))}
      {step.kind === 'bonus' && (
        <section className={`stepPosition ${position === step.accepted ? 'isChosen' : ''}`}>
          <h3>
            {'Bonus '}
            <span className="cellToken mono" data-verdict="bonus">
              {visibleText(step.nextText)}
            </span>
          </h3>
          <div className="candidatePair">
            <span />
            <CandidateList
              title="target"
              candidates={step.targetCandidates[step.accepted] ?? []}
              mark={step.nextId}
              fill="fill-bonus"
            />
          </div>
        </section>
      )}
    </div>
  );
}
