import { type DragEvent, useEffect, useState } from 'react';
import { readScroll, writeScroll } from './keptScroll.ts';
import { watchShortcuts } from './shortcuts.ts';
import { openCheckpoint } from './stores/checkpointStore.ts';
import type { Stores } from './stores/createStores.ts';
import { shownPlan } from './stores/planStore.ts';
import type { ViewName } from './stores/viewStore.ts';
import { Draft } from './views/Draft/Draft.tsx';
import { EngineBanner } from './views/Frame/EngineBanner.tsx';
import { KeyHelp } from './views/Frame/KeyHelp.tsx';
import { Notice } from './views/Frame/Notice.tsx';
import { Palette } from './views/Frame/Palette.tsx';
import { Rail } from './views/Frame/Rail.tsx';
import { SelectionPane } from './views/Frame/SelectionPane.tsx';
import { StatusBar } from './views/Frame/StatusBar.tsx';
import { TopBar } from './views/Frame/TopBar.tsx';
import { useTheme } from './views/Frame/useTheme.ts';
import { Load } from './views/Load/Load.tsx';
import { Mapping } from './views/Mapping/Mapping.tsx';
import { Overview } from './views/Overview/Overview.tsx';
import { Start } from './views/Overview/Start.tsx';
import { Placement } from './views/Placement/Placement.tsx';
import { EmptyState } from './widgets/EmptyState.tsx';
import { useStoreValue } from './widgets/useStoreValue.ts';

const views = { overview: Overview, mapping: Mapping, load: Load, placement: Placement, draft: Draft } as const;

export function App({ stores }: { stores: Stores }) {
  useTheme(stores);
  const view = useStoreValue(stores.view, (state) => state.view);
  const paneOpen = useStoreValue(stores.view, (state) => state.paneOpen);
  const [dragging, setDragging] = useState(false);
  useEffect(() => watchShortcuts(stores), [stores]);
  useEffect(() => stores.navigation.keepScroll(readScroll, writeScroll), [stores]);

  function drop(event: DragEvent) {
    event.preventDefault();
    setDragging(false);
    const file = event.dataTransfer.files[0];
    if (file) void stores.checkpoint.openDropped(file);
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is one more way beside Open
    <div
      className="app"
      onDragOver={(event) => {
        event.preventDefault();
        setDragging(true);
      }}
      onDragLeave={(event) => {
        if (event.relatedTarget === null) setDragging(false);
      }}
      onDrop={drop}
    >
      <TopBar stores={stores} />
      <Rail stores={stores} />
      <main className="view" id="view" data-view={view} tabIndex={-1}>
        <EngineBanner stores={stores} />
        <Notice stores={stores} />
        <CurrentView stores={stores} view={view} />
      </main>
      {paneOpen && <SelectionPane stores={stores} />}
      <StatusBar stores={stores} />
      <Palette stores={stores} />
      <KeyHelp stores={stores} />
      {dragging && <div className="dropHint">Drop a checkpoint folder to open it</div>}
    </div>
  );
}

function CurrentView({ stores, view }: { stores: Stores; view: ViewName }) {
  const checkpoint = useStoreValue(stores.checkpoint, openCheckpoint);
  const plan = useStoreValue(stores.plan, shownPlan);
  const planFailed = useStoreValue(stores.plan, ({ status }) => status.kind === 'failed');
  const View = views[view];
  if (!checkpoint) return <Start stores={stores} />;
  if (!plan) {
    const title = planFailed
      ? 'No plan could be made for this set-up.'
      : 'Working out what the reference loader does …';
    return (
      <EmptyState icon="mapping" title={title}>
        {planFailed && <p>Change the set-up in the bar above.</p>}
      </EmptyState>
    );
  }
  return <View stores={stores} checkpoint={checkpoint} plan={plan} />;
}
