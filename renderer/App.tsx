import { type DragEvent, useEffect, useState } from 'react';
import { openCheckpoint } from './stores/checkpointStore.ts';
import type { Stores } from './stores/createStores.ts';
import { shownPlan } from './stores/planStore.ts';
import { type ViewName, viewNames } from './stores/viewStore.ts';
import { Draft } from './views/Draft/Draft.tsx';
import { EngineBanner } from './views/Frame/EngineBanner.tsx';
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
  useShortcuts(stores);

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

/** 1..5 choose a view, / goes to the search field, Escape lets go of the selection, Alt and arrows go back and forward. */
function useShortcuts(stores: Stores): void {
  useEffect(() => {
    function onKey(event: KeyboardEvent) {
      const { navigation } = stores;
      if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
        event.preventDefault();
        stores.view.setPalette(!stores.view.getState().paletteOpen);
        return;
      }
      // The palette has its own keys.
      if (stores.view.getState().paletteOpen) return;
      if (event.altKey && !event.ctrlKey && !event.metaKey) {
        const step = { ArrowLeft: navigation.back, ArrowRight: navigation.forward }[event.key];
        if (step === undefined) return;
        event.preventDefault();
        step();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      const target = event.target;
      const typing =
        target instanceof HTMLInputElement ||
        target instanceof HTMLTextAreaElement ||
        target instanceof HTMLSelectElement;
      if (event.key === 'Escape') {
        if (typing) target.blur();
        else if (!document.querySelector('[data-popover="open"]')) stores.selection.clear();
        return;
      }
      if (typing) return;
      const view = viewNames[Number(event.key) - 1];
      if (view) stores.view.show(view);
      if (event.key === '?') stores.view.setPalette(true);
      if (event.key === '/') {
        event.preventDefault();
        stores.view.show('mapping');
        requestAnimationFrame(() => document.querySelector<HTMLInputElement>('[data-search]')?.focus());
      }
    }
    /** The side buttons of a mouse. */
    function onMouseUp(event: MouseEvent) {
      if (event.button !== 3 && event.button !== 4) return;
      event.preventDefault();
      if (event.button === 3) stores.navigation.back();
      else stores.navigation.forward();
    }
    window.addEventListener('keydown', onKey);
    window.addEventListener('mouseup', onMouseUp);
    return () => {
      window.removeEventListener('keydown', onKey);
      window.removeEventListener('mouseup', onMouseUp);
    };
  }, [stores]);
}
