/** What the keys and the side buttons of a mouse do; the words for them are in stores/keys.ts. */
import type { Stores } from './stores/createStores.ts';
import { viewNames } from './stores/viewStore.ts';

/** Listens until the returned function is called. */
export function watchShortcuts(stores: Stores): () => void {
  const onKey = (event: KeyboardEvent) => handleKey(event, stores);
  const onMouseUp = (event: MouseEvent) => handleMouse(event, stores);
  window.addEventListener('keydown', onKey);
  window.addEventListener('mouseup', onMouseUp);
  return () => {
    window.removeEventListener('keydown', onKey);
    window.removeEventListener('mouseup', onMouseUp);
  };
}

function handleKey(event: KeyboardEvent, stores: Stores): void {
  const act = event.ctrlKey || event.metaKey ? commandOf(event, stores) : plainOf(event, stores);
  if (act === null) return;
  event.preventDefault();
  act();
}

/** With Ctrl or Cmd: these work in fields as well. */
function commandOf(event: KeyboardEvent, stores: Stores): (() => void) | null {
  if (event.altKey) return null;
  const { view } = stores;
  const key = `${event.shiftKey ? 'shift ' : ''}${event.key.toLowerCase()}`;
  if (key === 'k') return () => view.setPalette(!view.getState().paletteOpen);
  if (isCovered(stores)) return null;
  const commands: Record<string, () => void> = {
    b: () => view.setPane({ paneOpen: !view.getState().paneOpen }),
    'shift c': stores.copySelection,
    'shift l': stores.copyLink,
    'shift s': () => void stores.exports.report(),
  };
  return commands[key] ?? null;
}

function plainOf(event: KeyboardEvent, stores: Stores): (() => void) | null {
  const { navigation, view, selection } = stores;
  // What lies over the window has its own keys.
  if (isCovered(stores) || event.isComposing || event.defaultPrevented) return null;
  if (event.altKey) return { ArrowLeft: navigation.back, ArrowRight: navigation.forward }[event.key] ?? null;
  const target = event.target;
  const typing =
    target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
  if (event.key === 'Escape') {
    // A popover closes by itself, also from a field in it.
    if (document.querySelector('[data-popover="open"]')) return null;
    return typing ? () => target.blur() : selection.clear;
  }
  if (typing) return null;
  const chosen = viewNames[Number(event.key) - 1];
  if (chosen) return () => view.show(chosen);
  if (event.key === '?') return () => view.setKeys(true);
  if (event.key !== '/') return null;
  return () => {
    view.show('mapping');
    requestAnimationFrame(() => document.querySelector<HTMLInputElement>('[data-search]')?.focus());
  };
}

function isCovered({ view }: Stores): boolean {
  const { paletteOpen, keysOpen } = view.getState();
  return paletteOpen || keysOpen;
}

function handleMouse(event: MouseEvent, { navigation }: Stores): void {
  if (event.button !== 3 && event.button !== 4) return;
  event.preventDefault();
  if (event.button === 3) navigation.back();
  else navigation.forward();
}
