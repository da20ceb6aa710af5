import { type ReactNode, useMemo } from 'react';
import type { DecodeStep } from '../../../electron/common/contract.ts';
import { formatCount, formatMicros, visibleText } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';
import { targetsVerdict } from '../../stores/decodeTokens.ts';
import { Panel } from '../../widgets/Panel.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';
import { type Column, VirtualTable } from '../../widgets/VirtualTable.tsx';
import { StepTimes } from './StepTimes.tsx';

/** One line a step, the latest first: what was drafted, what the target took, how long both needed. */
export function StepList({
  stores,
  steps,
  stepCount,
  running,
  replay,
}: {
  stores: Stores;
  steps: readonly DecodeStep[];
  stepCount: number;
  running: boolean;
  /** Shown beside the title. */
  replay: ReactNode;
}) {
  const chosen = useStoreValue(stores.selection, ({ selection }) => (selection.kind === 'step' ? selection.step : -1));
  const columns = useMemo<Column[]>(() => {
    const at = (row: number) => steps[stepCount - 1 - row];
    return [
      {
        id: 'step',
        title: 'step',
        track: '30px',
        numeric: true,
        cell: (row) => <span className="mono">{(at(row)?.index ?? 0) + 1}</span>,
      },
      { id: 'draft', title: 'drafts', track: 'minmax(96px, 3fr)', cell: (row) => <DraftCells step={at(row)} /> },
      {
        id: 'accepted',
        from: 300,
        title: 'accepted',
        track: '54px',
        numeric: true,
        cell: (row) => <span className="mono">{acceptedOf(at(row))}</span>,
      },
      {
        id: 'target',
        title: 'then the target',
        track: 'minmax(124px, 2fr)',
        cell: (row) => <TargetCell step={at(row)} />,
      },
      {
        id: 'draftTime',
        from: 460,
        title: 'draft',
        track: '62px',
        numeric: true,
        cell: (row) => <span className="mono">{draftTimeOf(at(row))}</span>,
      },
      {
        id: 'verifyTime',
        from: 460,
        title: 'verify',
        track: '62px',
        numeric: true,
        cell: (row) => <span className="mono">{formatMicros(at(row)?.verifyMicros ?? 0)}</span>,
      },
    ];
  }, [steps, stepCount]);
  return (
    <Panel
      title="Steps"
      className="panelFlush stepPanel"
      aside={replay ?? <span className="mono">{formatCount(stepCount)}</span>}
    >
      {stepCount === 0 ? (
        <p className="panelNote">
          {running ? 'The first step is on its way.' : 'The run ended before its first step.'}
        </p>
      ) : (
        <>
          <StepTimes stores={stores} steps={steps} stepCount={stepCount} running={running} />
          <VirtualTable
            label="Decode steps, the latest first"
            testId="step-list"
            columns={columns}
            rowCount={stepCount}
            rowKey={(row) => stepCount - 1 - row}
            selected={chosen < 0 ? -1 : stepCount - 1 - chosen}
            onSelect={(row) => stores.selection.select({ kind: 'step', step: stepCount - 1 - row, position: 0 })}
          />
        </>
      )}
    </Panel>
  );
}

function DraftCells({ step }: { step: DecodeStep | undefined }) {
  return (
    <span className="draftCells" title={step?.draftTexts.map(visibleText).join(' |')}>
      <span className="cellTokens mono">
        {step !== undefined &&
          [...step.draftTexts.entries()].map(([position, text]) => (
            <span key={position} className="cellToken" data-verdict={step.verdicts[position]}>
              {visibleText(text)}
            </span>
          ))}
      </span>
    </span>
  );
}

function TargetCell({ step }: { step: DecodeStep | undefined }) {
  if (!step) return null;
  const verdict = targetsVerdict(step);
  return (
    <span className="cellTokens">
      <span className="cellToken mono" data-verdict={verdict}>
        {visibleText(step.nextText)}
      </span>
      <span className="muted">{verdict}</span>
    </span>
  );
}

function acceptedOf(step: DecodeStep | undefined): string {
  return step === undefined || step.draftIds.length === 0 ? '–' : `${step.accepted} of ${step.draftIds.length}`;
}

function draftTimeOf(step: DecodeStep | undefined): string {
  return step === undefined || step.draftIds.length === 0 ? '–' : formatMicros(step.draftMicros);
}
