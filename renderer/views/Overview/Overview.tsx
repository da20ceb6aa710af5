import { formatBytes, formatBytesExact, formatCount, formatCountOf, formatMicros } from '../../format.ts';
import { FailureBox } from '../../widgets/FailureBox.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { Panel } from '../../widgets/Panel.tsx';
import { StackedBar } from '../../widgets/StackedBar.tsx';
import { useFacets } from '../useFacets.ts';
import type { ViewProps } from '../viewProps.ts';
import { DevicePanel } from './DevicePanel.tsx';
import { Findings } from './Findings.tsx';
import { ModelCard } from './ModelCard.tsx';
import { SaveButtons } from './SaveButtons.tsx';
import { SetUpPanel } from './SetUpPanel.tsx';
import { Sources } from './Sources.tsx';

const verdictIcons = { good: 'loaded', silent: 'silent', blocked: 'blocker' } as const;

/** A part has its colour whichever others there are: greys for the target, the accent's family for the MTP layers. */
const partFills: Readonly<Record<string, string>> = {
  targetExperts: 'fill-part-0',
  targetRest: 'fill-part-1',
  targetEnds: 'fill-part-2',
  mtpExperts: 'fill-part-3',
  mtpRest: 'fill-part-4',
  mtpCopies: 'fill-part-5',
  scales: 'fill-part-6',
};

/** Characters; more would take the room of the findings in the large size. */
const longVerdict = 120;

/** Would it load, is anything lost silently, and where are the bytes. */
export function Overview({ stores, checkpoint, plan }: ViewProps) {
  const { verdict, totals } = plan;
  const { file } = useFacets(stores);
  const chosenFile = checkpoint.files[file]?.name;
  return (
    <div className="scroll overview">
      <div className={`verdict verdict-${verdict.level}`} data-long={verdict.sentence.length > longVerdict}>
        <span className="verdictIcon">
          <Icon name={verdictIcons[verdict.level]} size={20} />
        </span>
        <p data-testid="verdict" data-level={verdict.level}>
          {verdict.sentence}
        </p>
        <SaveButtons stores={stores} />
      </div>
      {checkpoint.problems.map((problem) => (
        <FailureBox key={`${problem.code} ${problem.message}`} failure={problem} testId="problem" />
      ))}
      <Findings stores={stores} plan={plan} />
      <div className="pair">
        <Panel
          title="Where the bytes are"
          aside={
            <span className="mono" title={formatBytesExact(checkpoint.totals.bytes)}>
              {formatBytes(checkpoint.totals.bytes)}
            </span>
          }
        >
          <StackedBar
            label="Bytes by part of the model"
            parts={checkpoint.parts.map((part) => ({
              id: part.id,
              label: part.label,
              value: part.bytes,
              figure: formatBytes(part.bytes),
              exact: `${formatBytesExact(part.bytes)} in ${formatCountOf(part.tensors, 'tensor')}`,
              fill: partFills[part.id] ?? 'fill-part-7',
            }))}
          />
        </Panel>
        <Panel
          title={`What the drafter on rank ${plan.parallel.rank} takes`}
          aside={<span className="mono">{formatCountOf(checkpoint.totals.tensors, 'tensor')}</span>}
        >
          <StackedBar
            label="Tensors by outcome"
            parts={(['loaded', 'skipped', 'error'] as const).map((outcome) => ({
              id: outcome,
              label: outcome === 'error' ? 'would fail' : outcome,
              value: totals[outcome].tensors,
              figure: `${formatCount(totals[outcome].tensors)} · ${formatBytes(totals[outcome].bytes)}`,
              exact: `${formatCountOf(totals[outcome].tensors, 'tensor')}, ${formatBytesExact(totals[outcome].bytes)}`,
              fill: `fill-${outcome}`,
            }))}
          />
        </Panel>
      </div>
      <DevicePanel stores={stores} plan={plan} />
      <SetUpPanel stores={stores} />
      <Sources sources={checkpoint.sources} />
      <ModelCard stores={stores} card={checkpoint.card} />
      <Panel
        title="Files"
        className="panelFlush"
        aside={
          <span className="mono">{`${formatCountOf(checkpoint.files.length, 'file')}, read in ${formatMicros(checkpoint.openedMicros)}`}</span>
        }
      >
        <div className="filesList">
          <table className="plainTable">
            <thead className="stickyHead">
              <tr>
                <th scope="col">file</th>
                <th scope="col" className="numeric">
                  tensors
                </th>
                <th scope="col" className="numeric">
                  bytes
                </th>
              </tr>
            </thead>
            <tbody>
              {checkpoint.files.map((file) => (
                <tr key={file.name} aria-selected={file.name === chosenFile}>
                  <td className="mono">
                    <button
                      type="button"
                      className="plainButton"
                      onClick={() => stores.navigation.reveal({ kind: 'file', name: file.name })}
                    >
                      {file.name}
                    </button>
                  </td>
                  <td className="mono numeric">{formatCount(file.tensors)}</td>
                  <td className="mono numeric" title={formatBytesExact(file.bytes)}>
                    {formatBytes(file.bytes)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </Panel>
    </div>
  );
}
