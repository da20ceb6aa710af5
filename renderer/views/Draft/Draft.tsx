import { useState } from 'react';
import type { DecodeState, DecodeStep, Plan } from '../../../electron/common/contract.ts';
import type { Failure } from '../../../electron/common/failure.ts';
import type { Stores } from '../../stores/createStores.ts';
import { isDecoding, shownRun } from '../../stores/decodeStore.ts';
import { createPeekStore } from '../../stores/peekStore.ts';
import { FailureBox } from '../../widgets/FailureBox.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';
import type { ViewProps } from '../viewProps.ts';
import { BeforeRun } from './BeforeRun.tsx';
import { DraftCharts } from './DraftCharts.tsx';
import { DraftForm } from './DraftForm.tsx';
import { Replay } from './Replay.tsx';
import { SpeedNote } from './SpeedNote.tsx';
import { Starting } from './Starting.tsx';
import { StepList } from './StepList.tsx';
import { TokenPeek } from './TokenPeek.tsx';
import { TokenStrip } from './TokenStrip.tsx';

/** Decodes a prompt with drafts, and shows which the target takes. */
export function Draft({ stores, checkpoint, plan }: ViewProps) {
  const { status, steps, stepCount } = useStoreValue(stores.decode, (state) => state);
  const running = useStoreValue(stores.decode, isDecoding);
  const run = useStoreValue(stores.decode, shownRun);
  // That the engine is gone is said once, by the banner above.
  const engineGone = useStoreValue(stores.engine, (state) => state.engine.status === 'stopped');
  const failure = engineGone ? null : status.kind === 'refused' ? status.failure : (run?.failure ?? null);
  return (
    <div className="column draft">
      <DraftForm stores={stores} checkpoint={checkpoint} running={running} />
      <SpeedNote stores={stores} />
      {failure && <DecodeFailure failure={failure} stores={stores} plan={plan} />}
      {run?.notes.map((note) => (
        <p key={note} className="runNote" data-testid="decode-note">
          <Icon name="note" />
          {note}
        </p>
      ))}
      {run ? (
        <RunPanels stores={stores} plan={plan} run={run} steps={steps} stepCount={stepCount} running={running} />
      ) : status.kind === 'starting' ? (
        <Starting stores={stores} />
      ) : (
        <BeforeRun stores={stores} checkpoint={checkpoint} plan={plan} />
      )}
    </div>
  );
}

/** Why a run was refused or broke off; the finding behind it is one press away. */
function DecodeFailure({ failure, stores, plan }: { failure: Failure; stores: Stores; plan: Plan }) {
  const isBlocked = plan.findings.some(({ severity }) => severity === 'blocker');
  return (
    <FailureBox failure={failure} testId="decode-failure">
      {isBlocked && (
        <button type="button" className="button" onClick={() => stores.view.show('overview')}>
          Findings in Overview
        </button>
      )}
    </FailureBox>
  );
}

/** What a run shows, up to the step that replay stands at. */
function RunPanels(props: {
  stores: Stores;
  plan: Plan;
  run: DecodeState;
  steps: readonly DecodeStep[];
  stepCount: number;
  running: boolean;
}) {
  const { stores, plan, run, steps, stepCount, running } = props;
  const paused = useStoreValue(stores.decode, (state) => state.control?.paused ?? false);
  // By run and not by mounting anew: a run that follows another at once must not cost the charts a second building.
  const [replay, setReplay] = useState<{ run: number; at: number | null }>({ run: run.run, at: null });
  // Outside React's state: pointing at a token draws the panel about it and nothing else.
  const [peeked] = useState(createPeekStore);
  const canReplay = stepCount > 0 && (!running || paused);
  const replayAt = replay.run === run.run ? replay.at : null;
  const shown = canReplay ? Math.min(replayAt ?? stepCount, stepCount) : stepCount;
  const slider = canReplay ? (
    <Replay stepCount={stepCount} at={shown} onMove={(at) => setReplay({ run: run.run, at })} />
  ) : null;
  return (
    <div className="draftGrid">
      <TokenStrip stores={stores} run={run} steps={steps} stepCount={shown} onPeek={peeked.set} />
      <DraftCharts
        stores={stores}
        plan={plan}
        run={run}
        steps={steps}
        stepCount={shown}
        replaying={canReplay && replayAt !== null}
      />
      <StepList stores={stores} steps={steps} stepCount={shown} running={running} replay={slider} />
      <TokenPeek steps={steps} peeked={peeked} />
    </div>
  );
}
