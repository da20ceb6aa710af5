/**
 * Where the user has been, and the ways to get somewhere.
 *
 * A place is a view with what is selected and filtered for in it. Places are recorded by watching the view, selection and
 * mapping stores: a view that selects something or shows another view has a history without doing anything for it.
 *
 * - `reveal(target)` shows a thing in the view where it is at home (or in the one named), e.g. the evidence of a finding:
 *   `stores.navigation.reveal({ kind: 'tensor', name })`, `reveal({ kind: 'expert', name: '137@5' }, 'load')`.
 * - `back()`, `forward()` as in a browser, also over selections.
 * - `link()` and `openLink(text)` turn the present place and set-up into text and back.
 *
 * What can't be shown (no such tensor, a link that is none) becomes `notice`, a failure to be read and dismissed.
 */
import { createStore } from 'zustand/vanilla';
import type { Checkpoint, Plan } from '../../electron/common/contract.ts';
import { singleRank } from '../../electron/common/domain.ts';
import { type Failure, makeFailure } from '../../electron/common/failure.ts';
import { formatLink, parseLink } from '../../electron/common/link.ts';
import type { Location, Target } from '../../electron/common/location.ts';
import { type CheckpointStore, openCheckpoint } from './checkpointStore.ts';
import { filterFromWords, filterToWords } from './filterWords.ts';
import type { MappingStore } from './mappingStore.ts';
import { type PlanStore, shownPlan } from './planStore.ts';
import type { SelectionStore } from './selectionStore.ts';
import { homeOf, selectionOf, targetOf, tensorNamed } from './targets.ts';
import { filterTensors, noFilter, type TensorFilter } from './tensorFilter.ts';
import type { ViewName, ViewStore } from './viewStore.ts';

export interface Place {
  readonly view: ViewName;
  readonly target: Target | null;
  readonly filter: TensorFilter;
  /** How far each scroller of the view was scrolled when it was left, CSS pixels. */
  readonly scroll: readonly number[];
}

/** Lifetime: one checkpoint. */
export interface NavigationState {
  readonly places: readonly Place[];
  /** The place that is shown. */
  readonly at: number;
  readonly notice: Failure | null;
}

interface Watched {
  readonly checkpoint: CheckpointStore;
  readonly plan: PlanStore;
  readonly mapping: MappingStore;
  readonly selection: SelectionStore;
  readonly view: ViewStore;
}

const mostPlaces = 200;
/** Selections of one kind in one view that follow each other faster than this are one step: someone runs through a list. */
const runMillis = 700;

export function createNavigationStore(watched: Watched, now: () => number = () => performance.now()) {
  const { checkpoint, plan, mapping, selection, view } = watched;
  const store = createStore<NavigationState>(() => ({ places: [placeNow()], at: 0, notice: null }));
  let silent = false;
  let readScroll: () => readonly number[] = () => [];
  let writeScroll: (kept: readonly number[]) => void = () => undefined;
  let lastChange = Number.NEGATIVE_INFINITY;

  function opened(): { checkpoint: Checkpoint; plan: Plan } | null {
    const openNow = openCheckpoint(checkpoint.getState());
    const planNow = shownPlan(plan.getState());
    return openNow && planNow ? { checkpoint: openNow, plan: planNow } : null;
  }

  function placeNow(): Place {
    const there = opened();
    return {
      view: view.getState().view,
      target: there ? targetOf(selection.getState().selection, there.checkpoint, there.plan) : null,
      filter: mapping.getState().filter,
      scroll: [],
    };
  }

  /** The place that is left, as it still stands on the page. */
  function left(): readonly Place[] {
    const { places, at } = store.getState();
    const last = places[at];
    return last ? places.with(at, { ...last, scroll: readScroll() }) : places;
  }

  function observe(): void {
    if (silent) return;
    const { places, at } = store.getState();
    const here = placeNow();
    const last = places[at];
    const sameTarget = last?.target?.kind === here.target?.kind && last?.target?.name === here.target?.name;
    if (last && last.view === here.view && sameTarget) {
      if (last.filter !== here.filter) store.setState({ places: places.with(at, here) });
      return;
    }
    const running =
      last?.view === here.view && last.target?.kind === here.target?.kind && now() - lastChange < runMillis && at > 0;
    lastChange = now();
    const kept = left().slice(0, running ? at : at + 1);
    const next = [...kept, here].slice(-mostPlaces);
    store.setState({ places: next, at: next.length - 1 });
  }

  /** Several changes that are one step. */
  function asOne(change: () => void): void {
    silent = true;
    try {
      change();
    } finally {
      silent = false;
    }
  }

  function say(message: string, hint: string): void {
    store.setState({ notice: makeFailure('badRequest', message, { hint }) });
  }

  /** Selects without recording; @returns false when there is no such thing here */
  function select(target: Target | null): boolean {
    const there = opened();
    if (target === null || !there) {
      selection.clear();
      return target === null;
    }
    const found = selectionOf(target, there.checkpoint, there.plan);
    if (found === null) return false;
    selection.select(found);
    return true;
  }

  /** A tensor that the filter hides could not be seen in Mapping: then the filter goes. */
  function unhide(target: Target): void {
    const there = opened();
    if (!there || target.kind !== 'tensor') return;
    const tensor = tensorNamed(there.checkpoint, target.name);
    const { filter } = mapping.getState();
    if (!filterTensors(there.checkpoint, there.plan, filter).rows.includes(tensor)) mapping.narrow(noFilter);
  }

  function reveal(target: Target, where: ViewName = homeOf[target.kind]): void {
    let found = false;
    asOne(() => {
      found = select(target);
      if (!found) return;
      if (where === 'mapping') unhide(target);
      view.show(where);
    });
    if (found) observe();
    else say(`There is no ${kindWord(target)} ${target.name} here.`, 'It may belong to another checkpoint or set-up.');
  }

  function goTo(index: number): void {
    const places = left();
    const place = places[index];
    if (!place) return;
    asOne(() => {
      mapping.narrow(place.filter);
      view.show(place.view);
      // What is gone meanwhile leaves the view without a selection.
      if (!select(place.target)) selection.clear();
    });
    store.setState({ places, at: index });
    writeScroll(place.scroll);
  }

  function location(): Location | null {
    const there = opened();
    if (!there) return null;
    const here = placeNow();
    return {
      view: here.view,
      checkpoint: there.checkpoint.name,
      ...(here.target ? { target: here.target } : {}),
      parallel: there.plan.parallel,
      filter: { ...filterToWords(here.filter, there.plan) },
    };
  }

  async function go(to: Location): Promise<void> {
    const before = opened();
    if (!before) {
      say('A link leads into an open checkpoint, and none is open.', 'Open the checkpoint first, then the link.');
      return;
    }
    const wanted = { ...singleRank, ...to.parallel };
    const differs = (Object.keys(wanted) as (keyof typeof wanted)[]).some(
      (field) => wanted[field] !== before.plan.parallel[field],
    );
    if (differs) await plan.change(wanted);
    const there = opened();
    if (!there || plan.getState().status.kind === 'failed') {
      say('The set-up of the link could not be planned.', 'The bar above shows the set-up that is in force.');
      return;
    }
    let found = true;
    asOne(() => {
      mapping.narrow(to.filter ? filterFromWords(to.filter, there.plan) : noFilter);
      found = select(to.target ?? null);
      view.show(to.view);
    });
    observe();
    if (to.checkpoint !== undefined && to.checkpoint !== there.checkpoint.name) {
      say(
        `The link was made in ${to.checkpoint}; ${there.checkpoint.name} is open.`,
        found ? 'What it names was found here all the same.' : 'What it names is not in this checkpoint.',
      );
    } else if (!found && to.target) {
      say(`There is no ${kindWord(to.target)} ${to.target.name} here.`, 'The link may come from another version.');
    }
  }

  view.subscribe((state, before) => {
    if (state.view !== before.view) observe();
  });
  selection.subscribe(observe);
  mapping.subscribe(observe);
  let shownId = -1;
  checkpoint.subscribe((state) => {
    const openNow = openCheckpoint(state);
    if (!openNow || openNow.id === shownId) return;
    shownId = openNow.id;
    store.setState({ places: [placeNow()], at: 0, notice: null });
  });
  plan.subscribe((state, before) => {
    const made = state.status.kind === 'ready' ? state.status.plan : null;
    const previous = shownPlan(before);
    const openNow = openCheckpoint(checkpoint.getState());
    if (!made || !previous || made === previous || !openNow || made.checkpointId !== previous.checkpointId) return;
    // Parameters, findings and experts are renumbered, a tensor's story is told anew.
    const target = targetOf(selection.getState().selection, openNow, previous);
    asOne(() => {
      if (target && !select(target)) selection.clear();
    });
    observe();
  });

  return Object.assign(store, {
    reveal,
    /** Whether there is such a thing in what is open. */
    leadsTo(target: Target): boolean {
      const there = opened();
      return there !== null && selectionOf(target, there.checkpoint, there.plan) !== null;
    },
    back: () => goTo(store.getState().at - 1),
    forward: () => goTo(store.getState().at + 1),
    /**
     * How a page tells and takes back its scrolling.
     * @returns the undoing
     */
    keepScroll(read: () => readonly number[], write: (kept: readonly number[]) => void): () => void {
      readScroll = read;
      writeScroll = write;
      return () => {
        readScroll = () => [];
        writeScroll = () => undefined;
      };
    },
    /** The present place as a link; null while nothing is open. */
    link(): string | null {
      const here = location();
      return here ? formatLink(here) : null;
    },
    /** Goes where a link leads; what is wrong with it becomes the notice. */
    async openLink(text: string): Promise<void> {
      const parsed = parseLink(text);
      if (parsed.ok) await go(parsed.location);
      else store.setState({ notice: parsed.failure });
    },
    dismiss: () => store.setState({ notice: null }),
  });
}

export type NavigationStore = ReturnType<typeof createNavigationStore>;

export function canGoBack({ at }: NavigationState): boolean {
  return at > 0;
}

export function canGoForward({ at, places }: NavigationState): boolean {
  return at < places.length - 1;
}

function kindWord({ kind }: Target): string {
  return kind === 'configKey' ? 'configuration key' : kind;
}
