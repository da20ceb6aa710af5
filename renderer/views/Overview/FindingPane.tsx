import type { Finding } from '../../../electron/common/contract.ts';
import type { Stores } from '../../stores/createStores.ts';
import { Icon } from '../../widgets/Icon.tsx';
import { EvidenceLine } from './Findings.tsx';

/** One finding in full. */
export function FindingPane({ stores, finding }: { stores: Stores; finding: Finding | undefined }) {
  if (!finding) return null;
  return (
    <div className="story" data-testid="finding-story">
      <span className={`severity severity-${finding.severity}`}>
        <Icon name={finding.severity} size={14} />
        {finding.severity}
      </span>
      <p className="storySummary">{finding.sentence}</p>
      <p className="findingCode mono">{finding.code}</p>
      <h3>What to do</h3>
      <p>{finding.hint}</p>
      {finding.evidence.length > 0 && <h3>Evidence</h3>}
      <ul className="linkList">
        {finding.evidence.map((evidence) => (
          <li key={evidence.text} className="mono breakAll">
            <EvidenceLine evidence={evidence} stores={stores} />
          </li>
        ))}
      </ul>
    </div>
  );
}
