/** All stores of one window, wired to one engine client. No React here. */
import { toFailure } from '../../electron/common/failure.ts';
import type { EngineClient } from '../engineClient.ts';
import { createAnswerStore } from './answerStore.ts';
import { createCheckpointStore, openCheckpoint } from './checkpointStore.ts';
import { createCountedStore } from './countedStore.ts';
import { createDecodeStore, isDecoding } from './decodeStore.ts';
import { createEngineStore } from './engineStore.ts';
import { createExportStore } from './exportStore.ts';
import { createInspectStore } from './inspectStore.ts';
import { createLoadDetailStore } from './loadDetailStore.ts';
import { createLoadStore, isLoading } from './loadStore.ts';
import { createMappingStore } from './mappingStore.ts';
import { createMemoryStore } from './memoryStore.ts';
import { createNavigationStore } from './navigationStore.ts';
import { createPlacementStore } from './placementStore.ts';
import { createPlanStore, shownPlan } from './planStore.ts';
import { createRoutingStore } from './routingStore.ts';
import { createSelectionStore } from './selectionStore.ts';
import { selectionText } from './selectionText.ts';
import { createValuesStore } from './valuesStore.ts';
import { createViewStore, type Keeper } from './viewStore.ts';

export function createStores(client: EngineClient, keeper: Keeper) {
  const engine = createEngineStore(client);
  const checkpoint = createCheckpointStore(client);
  const plan = createPlanStore(client);
  const load = createLoadStore(client);
  const inspect = createInspectStore(client);
  const routing = createRoutingStore(client);
  const slices = createAnswerStore(client, 'tensor.slices');
  const slots = createAnswerStore(client, 'parameter.slots');
  const loadDetail = createLoadDetailStore(client);
  const counted = createCountedStore(client);
  const memory = createMemoryStore(client);
  const decode = createDecodeStore(client);
  const mapping = createMappingStore(client);
  const placement = createPlacementStore(client);
  const selection = createSelectionStore(client);
  const values = createValuesStore(client);
  const view = createViewStore(keeper);
  const navigation = createNavigationStore({ checkpoint, plan, mapping, selection, view });

  const exports = createExportStore(client, { engine, checkpoint, plan, load, loadDetail, decode, mapping, view });

  /** Makes the page show what the engine holds; its answer is the truth, whatever was shown before. */
  async function synchronise(): Promise<void> {
    try {
      const before = checkpoint.getState().status;
      const state = await client.call('session.state', {});
      // An opening that began or failed while the answer was under way is newer than "nothing is open".
      if (state.checkpoint || checkpoint.getState().status === before) checkpoint.restore(state.checkpoint);
      plan.restore(state.plan);
      load.restore(state.load);
      decode.restore(state.decode);
      engine.setState({ synced: true, device: state.device, version: state.version, protocolFailure: null });
    } catch (error) {
      const failure = toFailure(error);
      if (failure.code !== 'engineStopped') engine.setState({ protocolFailure: failure });
    }
    await checkpoint.readRecent();
  }

  /**
   * Goes where a link leads once something is open. What the engine holds must have been told by then: an answer that is
   * still under way would take the link's set-up back. Whoever goes to another view meanwhile is left there.
   */
  function followWhenOpen(link: string): void {
    const from = view.getState().view;
    const tryIt = () => {
      if (!engine.getState().synced || plan.getState().status.kind !== 'ready') return;
      for (const stop of watches) stop();
      if (view.getState().view === from) void navigation.openLink(link);
    };
    const watches = [plan.subscribe(tryIt), engine.subscribe(tryIt)];
    tryIt();
  }

  // View, set-up and selection outlive the engine: the next one opens the same folder, and the way leads back there.
  let leftAt: string | null = null;
  client.onEngineStatus(({ status }) => {
    if (status !== 'running') leftAt ??= navigation.link();
  });
  client.onConnected(() => {
    decode.clear();
    selection.clear();
    void synchronise();
    if (leftAt !== null) followWhenOpen(leftAt);
    leftAt = null;
  });
  // A link from the command line leads into the first checkpoint that opens.
  void client.bridge
    .startLink()
    .then((link) => {
      if (link !== null) followWhenOpen(link);
    })
    .catch(() => undefined);
  checkpoint.subscribe((state, before) => {
    const { status } = state;
    if (status === before.status || status.kind !== 'open') return;
    const { numMtpLayers, prompts } = status.checkpoint;
    view.editDraft({ prompt: prompts[0]?.text ?? '', idsText: '', numSpeculativeTokens: Math.min(8, numMtpLayers) });
  });

  /** Puts text on the clipboard. */
  const copyText = (text: string) => client.bridge.copyText(text).catch(() => undefined);

  return {
    engine,
    checkpoint,
    plan,
    load,
    loadDetail,
    inspect,
    slices,
    slots,
    routing,
    counted,
    memory,
    decode,
    mapping,
    placement,
    selection,
    values,
    view,
    navigation,
    exports,
    /** Looks at another rank of the set-up and loads it. */
    async loadRank(rank: number): Promise<void> {
      const there = shownPlan(plan.getState());
      if (!there) return;
      if (there.parallel.rank !== rank) await plan.change({ ...there.parallel, rank });
      if (shownPlan(plan.getState())?.parallel.rank === rank)
        await load.start(view.getState().threads, view.getState().countValues);
    },
    copyText,
    /** The name of what is selected, or a whole finding; nothing when nothing is. */
    copySelection(): void {
      const checkpointNow = openCheckpoint(checkpoint.getState());
      const planNow = shownPlan(plan.getState());
      if (!checkpointNow || !planNow) return;
      const text = selectionText(selection.getState().selection, checkpointNow, planNow);
      if (text !== '') void copyText(text);
    },
    copyLink(): void {
      const link = navigation.link();
      if (link !== null) void copyText(link);
    },
    synchronise,
    async restartEngine(): Promise<void> {
      try {
        await client.bridge.restartEngine();
      } catch (error) {
        engine.setState({ restartFailure: toFailure(error) });
      }
    },
    platform: client.bridge.platform,
    /** As the keyboard of this machine prints it. */
    commandKey: client.bridge.platform === 'darwin' ? '⌘' : 'Ctrl',
  };
}
export type Stores = ReturnType<typeof createStores>;

/** True when nothing is under way: what is on screen will stay until someone acts. */
export function isIdle(stores: Stores): boolean {
  const { engine, synced, pending, protocolFailure } = stores.engine.getState();
  const settled = engine.status === 'stopped' || (engine.status === 'running' && (synced || protocolFailure !== null));
  return (
    settled &&
    pending === 0 &&
    stores.checkpoint.getState().status.kind !== 'opening' &&
    stores.plan.getState().status.kind !== 'making' &&
    // Its findings are added to the plan when it ends.
    stores.values.getState().reading === null &&
    !isLoading(stores.load.getState()) &&
    !isDecoding(stores.decode.getState())
  );
}
