import { formatCountOf } from '../../format.ts';
import { openCheckpoint } from '../../stores/checkpointStore.ts';
import type { Stores } from '../../stores/createStores.ts';
import { canGoBack, canGoForward } from '../../stores/navigationStore.ts';
import { shownPlan } from '../../stores/planStore.ts';
import type { Theme } from '../../stores/viewStore.ts';
import { Icon } from '../../widgets/Icon.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';
import { BackendChip } from './Backends.tsx';
import { ParallelChips } from './ParallelChips.tsx';

const nextTheme: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' };
const themeWords: Record<Theme, string> = { system: 'as the system', light: 'light', dark: 'dark' };

/** Back and forward through views and selections. */
function History({ stores }: { stores: Stores }) {
  const back = useStoreValue(stores.navigation, canGoBack);
  const forward = useStoreValue(stores.navigation, canGoForward);
  return (
    <div className="history">
      <button
        type="button"
        className="button iconOnly quiet"
        aria-label="Back"
        title="Back (Alt ←)"
        disabled={!back}
        onClick={() => stores.navigation.back()}
      >
        <Icon name="back" />
      </button>
      <button
        type="button"
        className="button iconOnly quiet"
        aria-label="Forward"
        title="Forward (Alt →)"
        disabled={!forward}
        onClick={() => stores.navigation.forward()}
      >
        <Icon name="arrow" />
      </button>
    </div>
  );
}

export function TopBar({ stores }: { stores: Stores }) {
  const checkpoint = useStoreValue(stores.checkpoint, openCheckpoint);
  const hasPlan = useStoreValue(stores.plan, (state) => shownPlan(state) !== null);
  const theme = useStoreValue(stores.view, (state) => state.theme);
  const paneOpen = useStoreValue(stores.view, (state) => state.paneOpen);
  return (
    <header className="topBar">
      <History stores={stores} />
      <div className="identity">
        {checkpoint ? (
          <>
            <h1 className="mono" title={checkpoint.folder}>
              {checkpoint.name}
            </h1>
            <span className="identityFacts isFamily">
              {checkpoint.card.find((entry) => entry.key === 'architectures')?.value}
            </span>
            <span className="identityFacts">{formatCountOf(checkpoint.numMtpLayers, 'MTP layer')}</span>
          </>
        ) : (
          <h1>Draftscope</h1>
        )}
      </div>
      {checkpoint && hasPlan && <ParallelChips stores={stores} />}
      <div className="topTools">
        <BackendChip stores={stores} />
        {checkpoint && hasPlan && (
          <button
            type="button"
            className="button iconOnly"
            aria-label="Copy a link to this place"
            title="Copy a link to this place: view, selection, set-up and filters"
            onClick={() => void stores.copyText(stores.navigation.link() ?? '')}
          >
            <Icon name="link" />
          </button>
        )}
        <button
          type="button"
          className="button"
          title="Open a checkpoint folder"
          onClick={() => void stores.checkpoint.openDialog()}
        >
          <Icon name="open" />
          Open…
        </button>
        <button
          type="button"
          className="button iconOnly"
          aria-label={`Theme: ${themeWords[theme]}`}
          title={`Theme: ${themeWords[theme]}`}
          onClick={() => stores.view.setTheme(nextTheme[theme])}
        >
          <Icon name={theme} />
        </button>
        <button
          type="button"
          className="button iconOnly"
          aria-label="Selection pane"
          aria-pressed={paneOpen}
          title={paneOpen ? 'Hide the selection pane' : 'Show the selection pane'}
          onClick={() => stores.view.setPane({ paneOpen: !paneOpen })}
        >
          <Icon name="pane" />
        </button>
      </div>
    </header>
  );
}
