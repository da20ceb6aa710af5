import type { DecodeState, Plan } from '../../../electron/common/contract.ts';
import { formatCount } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';
import { likelyCauses } from '../../stores/likelyCauses.ts';
import { FindingLinks } from './FindingLinks.tsx';

/** In place of bars that would all be empty: that no draft stood, and what the likely causes are. */
export function NothingAccepted({
  stores,
  plan,
  run,
  drafted,
}: {
  stores: Stores;
  plan: Plan;
  run: DecodeState;
  drafted: number;
}) {
  const { findings, settings } = likelyCauses(plan, run);
  return (
    <div className="nothingAccepted" data-testid="nothing-accepted">
      <p className="nothingCount">
        <b className="mono">0</b>
        {` of ${formatCount(drafted)} drafts accepted`}
      </p>
      {findings.length > 0 && (
        <>
          <p className="muted">
            {findings.length === 1 ? 'The likely cause is this finding:' : 'The likely causes are these findings:'}
          </p>
          <FindingLinks stores={stores} plan={plan} findings={findings} />
        </>
      )}
      {settings.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
      <p className="muted">The text is the target’s own all the same.</p>
    </div>
  );
}
