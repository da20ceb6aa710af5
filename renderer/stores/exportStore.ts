/** Saves what is shown, and says how that went. The place is chosen in main's dialog, never here. */
import { createStore } from 'zustand/vanilla';
import type { Checkpoint, ExportKind, ExportResult, Plan } from '../../electron/common/contract.ts';
import { type Failure, toFailure } from '../../electron/common/failure.ts';
import { lanesOf } from '../../electron/common/readLanes.ts';
import type { EngineClient } from '../engineClient.ts';
import { acceptanceSvg } from '../exports/acceptanceSvg.ts';
import { decodeJson, stepsCsv } from '../exports/decodeTables.ts';
import { lanesFile, namedLanes } from '../exports/lanesSvg.ts';
import { type LoadFacts, loadJson, readsCsv } from '../exports/loadReport.ts';
import { placementCellsCsv, placementCsv, placementJson } from '../exports/placementTables.ts';
import { reportHtml } from '../exports/reportHtml.ts';
import { planJson, tensorsCsv, tensorsJson } from '../exports/tables.ts';
import { type CheckpointStore, openCheckpoint } from './checkpointStore.ts';
import type { DecodeStore } from './decodeStore.ts';
import { acceptanceByPosition, lengthSeries } from './decodeTokens.ts';
import type { EngineStore } from './engineStore.ts';
import { filterToWords } from './filterWords.ts';
import type { LoadDetailStore } from './loadDetailStore.ts';
import { type LoadStore, shownLoad } from './loadStore.ts';
import type { MappingStore } from './mappingStore.ts';
import { type PlanStore, shownPlan } from './planStore.ts';
import { filterTensors } from './tensorFilter.ts';
import { sortTensors } from './tensorOrder.ts';
import type { ViewStore } from './viewStore.ts';

/** Something on screen that can be saved and that only the view which shows it can make. */
export interface OfferedSave {
  readonly title: string;
  save(): void;
}

/** Lifetime: the window. */
export interface ExportState {
  /** What the view on screen offers, for the palette. */
  readonly offered: readonly OfferedSave[];
  /** Name of the file that was written last, until it is dismissed. */
  readonly saved: string | null;
  readonly failure: Failure | null;
}

interface Sources {
  readonly engine: EngineStore;
  readonly checkpoint: CheckpointStore;
  readonly plan: PlanStore;
  readonly load: LoadStore;
  readonly loadDetail: LoadDetailStore;
  readonly decode: DecodeStore;
  readonly mapping: MappingStore;
  readonly view: ViewStore;
}

export function createExportStore(client: EngineClient, sources: Sources) {
  const store = createStore<ExportState>(() => ({ offered: [], saved: null, failure: null }));

  /** One save after another; cancelled ones leave no trace. */
  async function tell(save: () => Promise<ExportResult>): Promise<void> {
    store.setState({ saved: null, failure: null });
    try {
      const { saved, failure } = await save();
      store.setState({ saved, failure });
    } catch (error) {
      store.setState({ failure: toFailure(error) });
    }
  }

  function saveText(
    kind: ExportKind,
    what: string,
    make: (checkpoint: Checkpoint, plan: Plan) => string | Promise<string>,
  ): Promise<void> {
    const checkpoint = openCheckpoint(sources.checkpoint.getState());
    const plan = shownPlan(sources.plan.getState());
    if (!checkpoint || !plan) return Promise.resolve();
    const about = [checkpoint.name, what].join('-');
    return tell(async () => client.bridge.saveFile({ kind, about, text: await make(checkpoint, plan) }));
  }

  function shownRows(checkpoint: Checkpoint, plan: Plan): Uint32Array {
    const { filter, sort } = sources.mapping.getState();
    const { rows, fuzzy } = filterTensors(checkpoint, plan, filter);
    return fuzzy && sort === null ? rows : sortTensors(rows, checkpoint, plan, sort);
  }

  const placementOf = ({ parallel }: Plan) => client.call('placement.make', { parallel: { ...parallel, rank: 0 } });

  /** The load on screen with its reads; null when there is none. */
  function loadFacts(): LoadFacts | null {
    const load = shownLoad(sources.load.getState());
    if (load === null) return null;
    const { run, pieces } = sources.loadDetail.getState();
    return { load, ceiling: sources.load.getState().ceiling, reads: run === load.run ? pieces : [] };
  }

  /** Saves something of the load on screen; nothing when there is none. */
  function saveLoad(kind: ExportKind, what: string, make: (checkpoint: Checkpoint, facts: LoadFacts) => string) {
    const facts = loadFacts();
    return facts === null ? Promise.resolve() : saveText(kind, what, (checkpoint) => make(checkpoint, facts));
  }

  return Object.assign(store, {
    /** Everything, as one HTML file. */
    report: () =>
      saveText('html', 'report', async (checkpoint, plan) => {
        const { status, steps } = sources.decode.getState();
        return reportHtml({
          version: sources.engine.getState().version,
          writtenAt: new Date(),
          checkpoint,
          plan,
          // A set-up whose ranks can't be placed still has findings to report.
          placement: await placementOf(plan).catch(() => null),
          load: loadFacts(),
          decode: status.kind === 'known' ? { run: status.run, steps } : null,
        });
      }),
    /** The rows of the Mapping view as they are filtered and sorted there. */
    tensors: () =>
      saveText('csv', 'tensors', (checkpoint, plan) => tensorsCsv(checkpoint, plan, shownRows(checkpoint, plan))),
    tensorsJson: () =>
      saveText('json', 'tensors', (checkpoint, plan) => {
        const words = filterToWords(sources.mapping.getState().filter, plan);
        return tensorsJson(checkpoint, plan, shownRows(checkpoint, plan), words, sources.engine.getState().version);
      }),
    /** Memory of every rank. */
    placement: () => saveText('csv', 'placement', async (_checkpoint, plan) => placementCsv(await placementOf(plan))),
    /** Every held expert. */
    placementCells: () =>
      saveText('csv', 'experts', async (_checkpoint, plan) => placementCellsCsv(await placementOf(plan))),
    placementJson: () =>
      saveText('json', 'placement', async (checkpoint, plan) =>
        placementJson(checkpoint, await placementOf(plan), sources.engine.getState().version),
      ),
    /** @param svg a drawing that a view made of what it shows */
    drawing: (what: string, svg: string) => saveText('svg', what, () => svg),
    plan: () =>
      saveText('json', 'plan', (checkpoint, plan) => planJson(checkpoint, plan, sources.engine.getState().version)),
    load: () =>
      saveLoad('json', 'load', (checkpoint, facts) => loadJson(checkpoint, facts, sources.engine.getState().version)),
    /** Every read of the load: file, thread, begin, end, bytes. */
    reads: () => saveLoad('csv', 'reads', (checkpoint, { reads }) => readsCsv(checkpoint, reads)),
    /** The lanes of the files as a drawing. */
    lanes: () =>
      saveLoad('svg', 'lanes', (checkpoint, { reads }) =>
        lanesFile(`${checkpoint.name}: reads by file`, namedLanes(checkpoint, lanesOf(reads, 'file'), 'file')),
      ),
    /** The steps of the last decode, one a line. */
    steps: () => saveText('csv', 'steps', () => stepsCsv(sources.decode.getState().steps)),
    /** Acceptance by position, and the mean acceptance length over the steps. */
    acceptance: () =>
      saveText('svg', 'acceptance', ({ name }) => {
        const { status, steps } = sources.decode.getState();
        const last = steps.at(-1);
        const k = status.kind === 'known' ? status.run.numSpeculativeTokens : 0;
        const bars = acceptanceByPosition(last, k);
        return acceptanceSvg(`${name}: drafts accepted`, bars.length, bars, lengthSeries(steps));
      }),
    decode: () =>
      saveText('json', 'decode', (checkpoint) => {
        const { status, steps } = sources.decode.getState();
        const run = status.kind === 'known' ? status.run : null;
        return decodeJson(checkpoint.name, run, steps, sources.engine.getState().version);
      }),
    /** The window as it is on screen. */
    picture: () => {
      const checkpoint = openCheckpoint(sources.checkpoint.getState());
      return tell(() =>
        client.bridge.savePicture([checkpoint?.name ?? 'draftscope', sources.view.getState().view].join('-')),
      );
    },
    /** @returns takes the offer back */
    offer(offered: OfferedSave): () => void {
      store.setState((state) => ({ offered: [...state.offered, offered] }));
      return () => store.setState((state) => ({ offered: state.offered.filter((other) => other !== offered) }));
    },
    dismiss: () => store.setState({ saved: null, failure: null }),
  });
}

export type ExportStore = ReturnType<typeof createExportStore>;
