import type { PointerEvent } from 'react';
import type { Checkpoint, Plan } from '../../../electron/common/contract.ts';
import { openCheckpoint } from '../../stores/checkpointStore.ts';
import type { Stores } from '../../stores/createStores.ts';
import { shownPlan } from '../../stores/planStore.ts';
import type { Selection } from '../../stores/selectionStore.ts';
import { selectionText } from '../../stores/selectionText.ts';
import { paneWidths } from '../../stores/viewStore.ts';
import { Icon } from '../../widgets/Icon.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';
import { StepPane } from '../Draft/StepPane.tsx';
import { ParameterPane } from '../Mapping/ParameterPane.tsx';
import { StoryPane } from '../Mapping/StoryPane.tsx';
import { ConfigKeyPane } from '../Overview/ConfigKeyPane.tsx';
import { FilePane } from '../Overview/FilePane.tsx';
import { FindingPane } from '../Overview/FindingPane.tsx';
import { ExpertPane } from '../Placement/ExpertPane.tsx';
import { RankPane } from '../Placement/RankPane.tsx';
import { PaneGuide } from './PaneGuide.tsx';
import { Related } from './Related.tsx';

const titles: Record<Selection['kind'], string> = {
  none: 'Selection',
  tensor: 'Tensor',
  parameter: 'Parameter',
  expert: 'Expert',
  rank: 'Rank',
  file: 'File',
  finding: 'Finding',
  configKey: 'Configuration key',
  step: 'Decode step',
};

/** The one pane about the one selected thing, shared by all views. */
export function SelectionPane({ stores }: { stores: Stores }) {
  const selection = useStoreValue(stores.selection, (state) => state.selection);
  const width = useStoreValue(stores.view, (state) => state.paneWidth);
  return (
    <aside className="pane" style={{ width }} aria-label="Selection">
      <Grip stores={stores} width={width} />
      <header className="paneHead">
        <h2>{titles[selection.kind]}</h2>
        {selection.kind !== 'none' && (
          <div className="paneTools">
            <CopyName stores={stores} selection={selection} />
            <button
              type="button"
              className="button iconOnly quiet"
              aria-label="Clear the selection"
              title="Clear the selection (Esc)"
              onClick={() => stores.selection.clear()}
            >
              <Icon name="close" />
            </button>
          </div>
        )}
      </header>
      <div
        className="paneBody"
        data-testid="selection"
        key={selection.kind === 'tensor' ? selection.tensor : selection.kind}
      >
        <Selected stores={stores} selection={selection} width={width} />
      </div>
    </aside>
  );
}

function Selected({ stores, selection, width }: { stores: Stores; selection: Selection; width: number }) {
  const checkpoint = useStoreValue(stores.checkpoint, openCheckpoint);
  const plan = useStoreValue(stores.plan, shownPlan);
  if (!checkpoint || !plan)
    return <p className="paneHint">Open a checkpoint first; what you select in a view is shown here.</p>;
  return (
    <>
      <Story stores={stores} selection={selection} width={width} checkpoint={checkpoint} plan={plan} />
      <Related stores={stores} checkpoint={checkpoint} plan={plan} selection={selection} />
    </>
  );
}

interface StoryProps {
  readonly stores: Stores;
  readonly selection: Selection;
  readonly width: number;
  readonly checkpoint: Checkpoint;
  readonly plan: Plan;
}

function Story({ stores, selection, width, checkpoint, plan }: StoryProps) {
  switch (selection.kind) {
    case 'none':
      return <PaneGuide stores={stores} />;
    case 'tensor':
      return <StoryPane stores={stores} selection={selection} checkpoint={checkpoint} width={width - 42} />;
    case 'parameter':
      return (
        <ParameterPane
          stores={stores}
          checkpoint={checkpoint}
          plan={plan}
          index={selection.parameter}
          width={width - 42}
        />
      );
    case 'expert':
      return <ExpertPane stores={stores} plan={plan} expert={selection.expert} rank={selection.rank} />;
    case 'rank':
      return <RankPane stores={stores} plan={plan} rank={selection.rank} />;
    case 'file':
      return <FilePane checkpoint={checkpoint} plan={plan} index={selection.file} />;
    case 'finding':
      return <FindingPane stores={stores} finding={plan.findings[selection.finding]} />;
    case 'configKey':
      return <ConfigKeyPane checkpoint={checkpoint} name={selection.key} />;
    case 'step':
      return <StepPane stores={stores} index={selection.step} position={selection.position} />;
  }
}

/** Copies the name of what is selected, or a whole finding. */
function CopyName({ stores, selection }: { stores: Stores; selection: Selection }) {
  const checkpoint = useStoreValue(stores.checkpoint, openCheckpoint);
  const plan = useStoreValue(stores.plan, shownPlan);
  if (!checkpoint || !plan) return null;
  const text = selectionText(selection, checkpoint, plan);
  if (text === '') return null;
  return (
    <button
      type="button"
      className="button iconOnly quiet"
      aria-label="Copy as text"
      title={`Copy as text: ${text.slice(0, 200)}`}
      onClick={() => void stores.copyText(text)}
    >
      <Icon name="copy" />
    </button>
  );
}

/** Drag, or arrow keys, to resize. */
function Grip({ stores, width }: { stores: Stores; width: number }) {
  function drag(event: PointerEvent<HTMLElement>) {
    if (event.buttons === 1) stores.view.setPane({ paneWidth: window.innerWidth - event.clientX });
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a movable separator has no element of its own
    <div
      className="paneGrip"
      role="separator"
      aria-orientation="vertical"
      aria-label="Width of the selection pane"
      aria-valuenow={width}
      aria-valuemin={paneWidths.least}
      aria-valuemax={paneWidths.most}
      tabIndex={0}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={drag}
      onKeyDown={(event) => {
        const step = { ArrowLeft: 16, ArrowRight: -16 }[event.key];
        if (step !== undefined) stores.view.setPane({ paneWidth: width + step });
      }}
    />
  );
}
