import { isIdle, type Stores } from './stores/createStores.ts';

/**
 * Keeps root.dataset.idle: "true" exactly when nothing is under way and the last store change has been drawn.
 * Two frames after a change React has committed it; a hidden window gets no frames, there a timer stands in.
 */
export function watchIdle(stores: Stores, root: HTMLElement): void {
  let generation = 0;
  const nextFrame = (then: () => void) => {
    if (document.hidden) setTimeout(then, 16);
    else requestAnimationFrame(then);
  };
  const changed = () => {
    generation += 1;
    const mine = generation;
    root.dataset.idle = 'false';
    const settle = () => {
      if (mine !== generation || !isIdle(stores)) return;
      // Charts are renewed at their own pace, which no store knows of.
      if (root.ownerDocument.querySelector('[data-behind="true"]') !== null) nextFrame(settle);
      else root.dataset.idle = 'true';
    };
    nextFrame(() => nextFrame(settle));
  };
  const { engine, checkpoint, plan, values, memory, load, decode, mapping, placement, selection, view, navigation } =
    stores;
  for (const store of [
    engine,
    checkpoint,
    plan,
    values,
    memory,
    load,
    decode,
    mapping,
    placement,
    selection,
    view,
    navigation,
  ])
    store.subscribe(changed);
  changed();
}
