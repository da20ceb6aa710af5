import type { DecodeStep } from '../../../electron/common/contract.ts';
import { formatProbability, visibleText } from '../../format.ts';
import type { PeekStore } from '../../stores/peekStore.ts';
import { tokenFacts } from '../../stores/tokenFacts.ts';
import { useStoreValue } from '../../widgets/useStoreValue.ts';
import { CandidatePair } from './CandidatePair.tsx';

/**
 * What decided about the token under the pointer. Lies over the charts at a fixed place, so nothing moves; a click on
 * the token keeps the same numbers in the selection pane.
 */
export function TokenPeek({ steps, peeked }: { steps: readonly DecodeStep[]; peeked: PeekStore }) {
  const token = useStoreValue(peeked, (state) => state.token);
  const step = token === null ? undefined : steps[token.step];
  if (token === null || step === undefined) return null;
  const { position } = token;
  const facts = tokenFacts(step, position, token.isTargets);
  return (
    <aside className="tokenPeek" data-testid="token-peek" aria-hidden="true">
      <p className="peekHead">
        <span className="cellToken mono" data-verdict={facts.verdict}>
          {visibleText(facts.text) || '∅'}
        </span>
        <b>{facts.verdict}</b>
        <span className="muted">{`step ${step.index + 1}, ${facts.place}, id ${facts.id}`}</span>
      </p>
      <dl className="peekFacts mono">
        <div>
          <dt>draft</dt>
          <dd>{formatProbability(facts.draftProbability)}</dd>
        </div>
        <div>
          <dt>target</dt>
          <dd>{formatProbability(facts.targetProbability)}</dd>
        </div>
        <div>
          <dt>u</dt>
          <dd>{facts.uniform === null ? '–' : formatProbability(facts.uniform)}</dd>
        </div>
      </dl>
      <p className="peekRule">{facts.reason}</p>
      <CandidatePair step={step} position={position} isTargets={token.isTargets} />
    </aside>
  );
}
