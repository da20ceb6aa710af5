import { createStore } from 'zustand/vanilla';
import type { Alternative, Predictor } from '../../electron/common/domain.ts';
import { locationViews } from '../../electron/common/location.ts';

export const viewNames = locationViews;
export type ViewName = (typeof viewNames)[number];
export type Theme = 'system' | 'light' | 'dark';

export interface DraftForm {
  readonly prompt: string;
  /** Token ids as they are typed, for a checkpoint without a tokenizer. */
  readonly idsText: string;
  readonly numSpeculativeTokens: number;
  readonly maxTokens: number;
  readonly predictor: Predictor;
  readonly alternatives: readonly Alternative[];
  readonly temperature: number;
  /** 0 = all. */
  readonly topK: number;
  readonly topP: number;
  /** null: a new one for each run. */
  readonly seed: number | null;
  /** At least this long per step; 0 = full speed. */
  readonly paceMillis: number;
}

/** Lifetime: the user. Theme and pane are kept between starts. */
export interface ViewState {
  readonly view: ViewName;
  readonly theme: Theme;
  readonly paneOpen: boolean;
  readonly paneWidth: number;
  readonly paletteOpen: boolean;
  /** The sheet with all keys. */
  readonly keysOpen: boolean;
  /** Reader threads; 0 = the engine's choice. */
  readonly threads: number;
  /** The next load counts values while it reads them. */
  readonly countValues: boolean;
  readonly draftForm: DraftForm;
}

export const paneWidths = { least: 260, most: 560 } as const;

type Kept = Pick<ViewState, 'theme' | 'paneOpen' | 'paneWidth'>;
const keptKey = 'draftscope.view';
const keptDefaults: Kept = { theme: 'system', paneOpen: true, paneWidth: 312 };

/** localStorage, or a stand-in; null where the page may not store anything. */
export type Keeper = Pick<Storage, 'getItem' | 'setItem'> | null;

export function createViewStore(keeper: Keeper) {
  const store = createStore<ViewState>(() => ({
    view: 'overview',
    ...readKept(keeper),
    paletteOpen: false,
    keysOpen: false,
    threads: 0,
    countValues: false,
    draftForm: {
      prompt: '',
      idsText: '',
      numSpeculativeTokens: 2,
      maxTokens: 96,
      predictor: 'modules',
      alternatives: [],
      temperature: 0.7,
      topK: 0,
      topP: 1,
      seed: null,
      paceMillis: 100,
    },
  }));
  store.subscribe((state, before) => {
    const { theme, paneOpen, paneWidth } = state;
    if (theme === before.theme && paneOpen === before.paneOpen && paneWidth === before.paneWidth) return;
    try {
      keeper?.setItem(keptKey, JSON.stringify({ theme, paneOpen, paneWidth } satisfies Kept));
    } catch {
      // A full or forbidden storage only means that the choice is not remembered.
    }
  });
  return Object.assign(store, {
    show: (view: ViewName) => store.setState({ view }),
    setPane: (patch: { paneOpen?: boolean; paneWidth?: number }) =>
      store.setState((state) => ({
        paneOpen: patch.paneOpen ?? state.paneOpen,
        paneWidth: clampWidth(patch.paneWidth ?? state.paneWidth),
      })),
    setPalette: (paletteOpen: boolean) => store.setState({ paletteOpen, keysOpen: false }),
    setKeys: (keysOpen: boolean) => store.setState({ keysOpen, paletteOpen: false }),
    setTheme: (theme: Theme) => store.setState({ theme }),
    setCountValues: (countValues: boolean) => store.setState({ countValues }),
    setThreads: (threads: number) => store.setState({ threads }),
    editDraft: (patch: Partial<DraftForm>) =>
      store.setState(({ draftForm }) => ({ draftForm: { ...draftForm, ...patch } })),
  });
}

export type ViewStore = ReturnType<typeof createViewStore>;

function clampWidth(width: number): number {
  return Math.round(Math.max(paneWidths.least, Math.min(paneWidths.most, width)));
}

/** What was kept, field by field; anything that does not fit is the default. */
export function readKept(keeper: Keeper): Kept {
  let raw: unknown;
  try {
    raw = JSON.parse(keeper?.getItem(keptKey) ?? 'null');
  } catch {
    return keptDefaults;
  }
  if (typeof raw !== 'object' || raw === null) return keptDefaults;
  const { theme, paneOpen, paneWidth } = raw as Record<string, unknown>;
  return {
    theme: theme === 'light' || theme === 'dark' || theme === 'system' ? theme : keptDefaults.theme,
    paneOpen: typeof paneOpen === 'boolean' ? paneOpen : keptDefaults.paneOpen,
    paneWidth:
      typeof paneWidth === 'number' && Number.isFinite(paneWidth) ? clampWidth(paneWidth) : keptDefaults.paneWidth,
  };
}
