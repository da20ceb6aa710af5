/** What the command palette offers for a query: actions, views, set-ups, findings, tensors, recent checkpoints, links. */
import { type ParallelConfig, singleRank } from '../../electron/common/domain.ts';
import { looksLikeLink } from '../../electron/common/link.ts';
import { parseServingCommand } from '../../electron/common/servingCommand.ts';
import { openCheckpoint } from './checkpointStore.ts';
import type { Stores } from './createStores.ts';
import { matchScore } from './fuzzy.ts';
import { isLoading, shownLoad } from './loadStore.ts';
import { askedSetUp, askedTensors } from './paletteQuestions.ts';
import { shownPlan } from './planStore.ts';
import { findingName } from './targets.ts';
import { filterTensors, noFilter } from './tensorFilter.ts';
import { viewNames } from './viewStore.ts';

export interface PaletteItem {
  readonly id: string;
  readonly group: 'Action' | 'View' | 'Set-up' | 'Finding' | 'Tensor' | 'Recent' | 'Link';
  readonly title: string;
  /** Keys that do the same without the palette. */
  readonly keys?: string;
  run(): void;
}

const mostItems = 40;
const mostTensors = 20;

const setUps: readonly { readonly title: string; readonly parallel: Partial<ParallelConfig> }[] = [
  { title: 'One rank', parallel: {} },
  { title: 'tp 8', parallel: { tensorParallelSize: 8 } },
  { title: 'tp 8 with expert parallelism', parallel: { tensorParallelSize: 8, enableExpertParallel: true } },
  { title: 'dp 16 with expert parallelism', parallel: { dataParallelSize: 16, enableExpertParallel: true } },
];

/** Best first; without a query everything but tensors, in the order of the groups. */
export function paletteItems(stores: Stores, query: string): PaletteItem[] {
  const text = query.trim();
  if (looksLikeLink(text)) {
    return [{ id: 'link', group: 'Link', title: 'Open this link', run: () => void stores.navigation.openLink(text) }];
  }
  const command = /\bserve\b/.test(text) ? parseServingCommand(text) : null;
  if (command?.ok) {
    const { parallel, unmodelled } = command.command;
    const without = unmodelled.length === 0 ? '' : `, without ${unmodelled.map(({ option }) => option).join(', ')}`;
    const title = `Set up as this command${without}`;
    return [{ id: 'command', group: 'Set-up', title, run: () => void stores.plan.change(parallel) }];
  }
  const fixed = [...actions(stores), ...views(stores), ...ofCheckpoint(stores), ...recent(stores)];
  if (text === '') return fixed.slice(0, mostItems);
  const ranked = fixed
    .map((item) => ({ item, score: matchScore(item.title, text) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ item }) => item);
  return [...askedTensors(stores, text), ...ranked, ...askedSetUp(stores, text), ...tensors(stores, text)].slice(
    0,
    mostItems,
  );
}

function actions(stores: Stores): PaletteItem[] {
  const { checkpoint, navigation, selection, view } = stores;
  const action: MakeAction = (title, run, keys) => ({
    id: `action ${title}`,
    group: 'Action',
    title,
    run,
    ...(keys === undefined ? {} : { keys }),
  });
  const command = stores.commandKey;
  const list = [
    action('Open a checkpoint folder…', () => void checkpoint.openDialog(), `${command} O`),
    action('Open the demo checkpoint', () => void checkpoint.openDemo()),
    action('Go back', navigation.back, 'Alt ←'),
    action('Go forward', navigation.forward, 'Alt →'),
    action('Clear the selection', selection.clear, 'Esc'),
    action(
      'Show or hide the selection pane',
      () => view.setPane({ paneOpen: !view.getState().paneOpen }),
      `${command} B`,
    ),
    action('Show all keys', () => view.setKeys(true), '?'),
    action('Theme: light', () => view.setTheme('light')),
    action('Theme: dark', () => view.setTheme('dark')),
    action('Theme: as the system', () => view.setTheme('system')),
    action('Restart the engine', () => void stores.restartEngine()),
  ];
  if (!shownPlan(stores.plan.getState())) return list;
  return [
    ...list,
    action('Copy a link to this place', stores.copyLink, `${command} Shift L`),
    ...(selection.getState().selection.kind === 'none'
      ? []
      : [action('Copy what is selected as text', stores.copySelection, `${command} Shift C`)]),
    action('Save the whole report as HTML…', () => void stores.exports.report(), `${command} Shift S`),
    action('Save the tensors shown in Mapping as CSV…', () => void stores.exports.tensors()),
    action('Save the tensors shown in Mapping as JSON…', () => void stores.exports.tensorsJson()),
    action('Save the memory of all ranks as CSV…', () => void stores.exports.placement()),
    action('Save the experts of all ranks as CSV…', () => void stores.exports.placementCells()),
    action('Save the placement of all ranks as JSON…', () => void stores.exports.placementJson()),
    action('Save plan and findings as JSON…', () => void stores.exports.plan()),
    ...(stores.decode.getState().stepCount === 0
      ? []
      : [
          action('Save the steps of the decode as CSV…', () => void stores.exports.steps()),
          action(
            'Save acceptance by position and over time as a drawing (SVG)…',
            () => void stores.exports.acceptance(),
          ),
          action('Save the decode as JSON…', () => void stores.exports.decode()),
        ]),
    ...stores.exports.getState().offered.map(({ title, save }) => action(title, save)),
    action('Save a picture of this view…', () => void stores.exports.picture()),
    ...loadActions(stores, action),
  ];
}

type MakeAction = (title: string, run: () => void, keys?: string) => PaletteItem;

function loadActions(stores: Stores, action: MakeAction): PaletteItem[] {
  const { load, view, exports } = stores;
  const shown = shownLoad(load.getState());
  if (isLoading(load.getState())) {
    return [
      shown?.paused
        ? action('Go on with the load', () => void load.pause(false))
        : action('Pause the load', () => void load.pause(true)),
      action('Cancel the load', () => void load.cancel()),
    ];
  }
  const plan = shownPlan(stores.plan.getState());
  const ranks = plan ? plan.parallel.tensorParallelSize * plan.parallel.dataParallelSize : 1;
  const next = plan ? (plan.parallel.rank + 1) % ranks : 0;
  const begin = (title: string, start: () => Promise<void>) =>
    action(title, () => {
      view.show('load');
      void start();
    });
  return [
    begin('Load the weights', () => load.start(view.getState().threads, view.getState().countValues)),
    ...(ranks > 1 ? [begin(`Load rank ${next}`, () => stores.loadRank(next))] : []),
    ...(shown
      ? [
          action('Save the load as JSON…', () => void exports.load()),
          action('Save the reads of the load as CSV…', () => void exports.reads()),
          action('Save the reads of the load as a drawing (SVG)…', () => void exports.lanes()),
        ]
      : []),
  ];
}

function views(stores: Stores): PaletteItem[] {
  return viewNames.map((name, index) => ({
    id: `view ${name}`,
    group: 'View',
    title: name.charAt(0).toUpperCase() + name.slice(1),
    keys: String(index + 1),
    run: () => stores.view.show(name),
  }));
}

function ofCheckpoint(stores: Stores): PaletteItem[] {
  const plan = shownPlan(stores.plan.getState());
  if (!plan || !openCheckpoint(stores.checkpoint.getState())) return [];
  return [
    ...setUps.map(
      ({ title, parallel }): PaletteItem => ({
        id: `set-up ${title}`,
        group: 'Set-up',
        title: `Set-up: ${title}`,
        run: () => void stores.plan.change({ ...singleRank, ...parallel }),
      }),
    ),
    ...plan.findings.map((finding, index): PaletteItem => {
      const name = findingName(plan, index);
      return {
        id: `finding ${name}`,
        group: 'Finding',
        title: finding.sentence,
        run: () => stores.navigation.reveal({ kind: 'finding', name }),
      };
    }),
  ];
}

function recent(stores: Stores): PaletteItem[] {
  return stores.checkpoint.getState().recent.map(({ name, folder, missing }) => ({
    id: `recent ${folder}`,
    group: 'Recent',
    title: `${name} (${folder})${missing ? ', not there now' : ''}`,
    run: () => void stores.checkpoint.openRecent(folder),
  }));
}

/** As the search field of Mapping finds them. */
function tensors(stores: Stores, text: string): PaletteItem[] {
  const checkpoint = openCheckpoint(stores.checkpoint.getState());
  const plan = shownPlan(stores.plan.getState());
  if (!checkpoint || !plan || text.length < 2) return [];
  const { rows } = filterTensors(checkpoint, plan, { ...noFilter, search: text });
  return [...rows.subarray(0, mostTensors)].map((tensor) => {
    const name = checkpoint.tensors.names[tensor] ?? '';
    return {
      id: `tensor ${tensor}`,
      group: 'Tensor',
      title: name,
      run: () => stores.navigation.reveal({ kind: 'tensor', name }),
    };
  });
}
