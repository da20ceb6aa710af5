import { useMemo } from 'react';
import type { Checkpoint, Finding, Plan, Severity } from '../../../electron/common/contract.ts';
import { formatCount } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';
import { countBySeverity, findingsBySeverity } from '../../stores/planStore.ts';
import { noFilter } from '../../stores/tensorFilter.ts';
import { Icon } from '../../widgets/Icon.tsx';
import { Panel } from '../../widgets/Panel.tsx';

const meanings: Record<Severity, string> = {
  blocker: 'the reference loader stops',
  silent: 'it loads, and something is silently lost or wrong',
  warning: 'it loads, with a cost or a risk',
  note: 'good to know',
};
const shownEvidence = 12;

export function Findings({ stores, checkpoint, plan }: { stores: Stores; checkpoint: Checkpoint; plan: Plan }) {
  const counts = useMemo(() => countBySeverity(plan), [plan]);
  const findings = useMemo(() => findingsBySeverity(plan), [plan]);
  return (
    <Panel
      title="Findings"
      className="panelFlush"
      aside={
        <span className="severities" data-testid="severities">
          {(['blocker', 'silent', 'warning', 'note'] as const).map((severity) => (
            <span
              key={severity}
              className={`severity severity-${severity} ${counts[severity] === 0 ? 'isZero' : ''}`}
              title={meanings[severity]}
            >
              <Icon name={severity} size={13} />
              {severity} <b className="mono">{formatCount(counts[severity])}</b>
            </span>
          ))}
        </span>
      }
    >
      {findings.length === 0 && (
        <p className="panelNote">
          Nothing to report: every tensor is loaded or skipped as the reference loader intends.
        </p>
      )}
      {findings.map((finding) => (
        <FindingLine
          key={`${finding.code} ${finding.sentence}`}
          finding={finding}
          stores={stores}
          checkpoint={checkpoint}
        />
      ))}
    </Panel>
  );
}

function FindingLine({ finding, stores, checkpoint }: { finding: Finding; stores: Stores; checkpoint: Checkpoint }) {
  const more = finding.evidence.length - shownEvidence;
  return (
    <details className="finding" data-severity={finding.severity}>
      <summary>
        <span className={`severity severity-${finding.severity}`} title={finding.severity}>
          <Icon name={finding.severity} size={14} />
          <span className="visuallyHidden">{finding.severity}</span>
        </span>
        <span className="findingSentence">{finding.sentence}</span>
        <span className="findingCode mono">{finding.code}</span>
      </summary>
      <div className="findingMore">
        <p>{finding.hint}</p>
        <ul>
          {finding.evidence.slice(0, shownEvidence).map(({ text }) => (
            <li key={text} className="evidenceLine mono">
              <EvidenceLine line={text} stores={stores} checkpoint={checkpoint} />
            </li>
          ))}
          {more > 0 && <li className="muted">{`and ${formatCount(more)} more`}</li>}
        </ul>
      </div>
    </details>
  );
}

/** A line of evidence; when it is the name of a tensor, the way to its story. */
function EvidenceLine({ line, stores, checkpoint }: { line: string; stores: Stores; checkpoint: Checkpoint }) {
  const tensor = checkpoint.tensors.names.indexOf(line);
  if (tensor < 0) return line;
  return (
    <button
      type="button"
      className="linkButton"
      onClick={() => {
        stores.mapping.narrow({ ...noFilter, search: line });
        stores.view.show('mapping');
        void stores.selection.explain(tensor);
      }}
    >
      {line}
    </button>
  );
}
