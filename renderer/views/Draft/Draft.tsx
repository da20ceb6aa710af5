import { useState } from 'react';
import type { DecodeState, DecodeStep } from '../../../electron/common/contract.ts';
import type { Stores } from '../../stores/createStores.ts';
import { isDecoding } from '../../stores/decodeStore.ts';
import { createPeekStore } from '../../stores/peekStore.ts';
import { EmptyState } from '../../widgets/EmptyState.tsx';
import { FailureBox } from '../../widgets/FailureBox.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';
import type { ViewProps } from '../viewProps.ts';
import { DraftCharts } from './DraftCharts.tsx';
import { DraftForm } from './DraftForm.tsx';
import { Replay } from './Replay.tsx';
import { SpeedNote } from './SpeedNote.tsx';
import { StepList } from './StepList.tsx';
import { TokenPeek } from './TokenPeek.tsx';
import { TokenStrip } from './TokenStrip.tsx';

/** Decodes a prompt with drafts, and shows which the target takes. */
export function Draft({ stores, checkpoint }: ViewProps) {
  const { status, steps, stepCount } = useStoreValue(stores.decode, (state) => state);
  const running = useStoreValue(stores.decode, isDecoding);
  const run = status.kind === 'known' ? status.run : null;
  // That the engine is gone is said once, by the banner above.
  const engineGone = useStoreValue(stores.engine, (state) => state.engine.status === 'stopped');
  const failure = engineGone ? null : status.kind === 'refused' ? status.failure : (run?.failure ?? null);
  const isEmpty = useStoreValue(stores.view, (state) => state.draftForm.prompt === '');
  const invitation = !checkpoint.hasTokenizer
    ? 'A prompt can’t be decoded with this checkpoint yet.'
    : isEmpty
      ? 'Write a prompt and press Run to decode it with drafts.'
      : 'Press Run to decode the prompt with drafts.';
  return (
    <div className="column draft">
      <DraftForm stores={stores} checkpoint={checkpoint} running={running} />
      <SpeedNote stores={stores} />
      {failure && <FailureBox failure={failure} testId="decode-failure" />}
      {run?.notes.map((note) => (
        <p key={note} className="runNote" data-testid="decode-note">
          <Icon name="note" />
          {note}
        </p>
      ))}
      {run ? (
        <RunPanels key={run.run} stores={stores} run={run} steps={steps} stepCount={stepCount} running={running} />
      ) : (
        !failure && (
          <EmptyState icon="draft" title={status.kind === 'starting' ? 'Reading the prompt …' : invitation}>
            {status.kind === 'idle' && (
              <p>
                {!checkpoint.hasTokenizer
                  ? 'Its folder has no tokenizer.json that could be read, so a text can’t be turned into tokens. Add it and open the folder again.'
                  : checkpoint.numMtpLayers === 0
                    ? 'This checkpoint has no MTP layers, so there is nothing to draft with.'
                    : 'The weights of a single rank are loaded first, when they are not yet.'}
              </p>
            )}
          </EmptyState>
        )
      )}
    </div>
  );
}

/** What a run shows, up to the step that replay stands at. */
function RunPanels(props: {
  stores: Stores;
  run: DecodeState;
  steps: readonly DecodeStep[];
  stepCount: number;
  running: boolean;
}) {
  const { stores, run, steps, stepCount, running } = props;
  const paused = useStoreValue(stores.decode, (state) => state.control?.paused ?? false);
  const [replayAt, setReplayAt] = useState<number | null>(null);
  // Outside React's state: pointing at a token draws the panel about it and nothing else.
  const [peeked] = useState(createPeekStore);
  const canReplay = stepCount > 0 && (!running || paused);
  const shown = canReplay ? Math.min(replayAt ?? stepCount, stepCount) : stepCount;
  const replay = canReplay ? <Replay stepCount={stepCount} at={shown} onMove={setReplayAt} /> : null;
  return (
    <div className="draftGrid">
      <TokenStrip stores={stores} run={run} steps={steps} stepCount={shown} onPeek={peeked.set} />
      <DraftCharts run={run} steps={steps} stepCount={shown} />
      <StepList stores={stores} steps={steps} stepCount={shown} running={running} replay={replay} />
      <TokenPeek steps={steps} peeked={peeked} />
    </div>
  );
}
