import { useEffect, useMemo, useRef } from 'react';
import type { Evidence, Finding, Plan, Severity } from '../../../electron/common/contract.ts';
import { formatCount } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';
import { countBySeverity, findingsBySeverity } from '../../stores/planStore.ts';
import { Icon } from '../../widgets/Icon.tsx';
import { Panel } from '../../widgets/Panel.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';
import { ValuesLine } from './ValuesLine.tsx';

const meanings: Record<Severity, string> = {
  blocker: 'the reference loader stops',
  silent: 'it loads, and something is silently lost or wrong',
  warning: 'it loads, with a cost or a risk',
  note: 'good to know',
};
const shownEvidence = 12;

export function Findings({ stores, plan }: { stores: Stores; plan: Plan }) {
  const chosen = useStoreValue(stores.selection, ({ selection }) =>
    selection.kind === 'finding' ? selection.finding : -1,
  );
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
      {findings.map((finding) => {
        const index = plan.findings.indexOf(finding);
        return <FindingLine key={index} finding={finding} index={index} stores={stores} chosen={index === chosen} />;
      })}
      <ValuesLine stores={stores} />
    </Panel>
  );
}

function FindingLine(props: { finding: Finding; index: number; stores: Stores; chosen: boolean }) {
  const { finding, index, stores, chosen } = props;
  const more = finding.evidence.length - shownEvidence;
  const details = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    if (!chosen || !details.current) return;
    details.current.open = true;
    details.current.scrollIntoView({ block: 'nearest' });
  }, [chosen]);
  return (
    <details
      className={`finding ${chosen ? 'isChosen' : ''}`}
      data-severity={finding.severity}
      ref={details}
      onToggle={({ currentTarget }) => {
        if (currentTarget.open) stores.selection.select({ kind: 'finding', finding: index });
      }}
    >
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
          {finding.evidence.slice(0, shownEvidence).map((evidence) => (
            <li key={evidence.text} className="evidenceLine mono">
              <EvidenceLine evidence={evidence} stores={stores} />
            </li>
          ))}
          {more > 0 && <li className="muted">{`and ${formatCount(more)} more`}</li>}
        </ul>
      </div>
    </details>
  );
}

/** A line of evidence; where it is about one thing, the way to it in the view where it lives. */
export function EvidenceLine({ evidence, stores }: { evidence: Evidence; stores: Stores }) {
  const { text, target } = evidence;
  if (!target || !stores.navigation.leadsTo(target)) return text;
  return (
    <button type="button" className="linkButton" onClick={() => stores.navigation.reveal(target)}>
      {text}
    </button>
  );
}
