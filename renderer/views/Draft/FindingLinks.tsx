import type { Plan } from '../../../electron/common/contract.ts';
import { formatCount } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';
import { findingName } from '../../stores/targets.ts';

const mostShown = 4;

/** Findings by their sentence; each opens in Overview. */
export function FindingLinks({
  stores,
  plan,
  findings,
}: {
  stores: Stores;
  plan: Plan;
  /** Indices into the findings of the plan. */
  findings: readonly number[];
}) {
  const more = findings.length - mostShown;
  return (
    <ul className="findingLinks">
      {findings.slice(0, mostShown).map((at) => (
        <li key={at}>
          <button
            type="button"
            className="linkButton"
            onClick={() => stores.navigation.reveal({ kind: 'finding', name: findingName(plan, at) })}
          >
            {plan.findings[at]?.sentence}
          </button>
        </li>
      ))}
      {more > 0 && (
        <li>
          <button type="button" className="linkButton" onClick={() => stores.view.show('overview')}>
            {`and ${formatCount(more)} more in Overview`}
          </button>
        </li>
      )}
    </ul>
  );
}
