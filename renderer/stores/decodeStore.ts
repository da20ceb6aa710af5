import { createStore } from 'zustand/vanilla';
import type {
  CommandInput,
  CurrentRun,
  DecodeState,
  DecodeStep,
  RunControlState,
  SpeedComparison,
} from '../../electron/common/contract.ts';
import { type Failure, toFailure } from '../../electron/common/failure.ts';
import type { EngineClient } from '../engineClient.ts';

export type DecodeStatus =
  | { readonly kind: 'idle' }
  /** The run before stays on screen until the new one has its first token. */
  | { readonly kind: 'starting'; readonly before: DecodeState | null }
  | { readonly kind: 'known'; readonly run: DecodeState }
  | { readonly kind: 'refused'; readonly failure: Failure };

export type Comparison =
  | { readonly kind: 'none' }
  | { readonly kind: 'running' }
  | { readonly kind: 'done'; readonly result: SpeedComparison }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** Lifetime: one run; a comparison stays until the next one or another checkpoint. */
export interface DecodeStoreState {
  readonly status: DecodeStatus;
  /** Grows in place while a run lasts (a copy per batch would be quadratic); stepCount tells of every change. */
  readonly steps: readonly DecodeStep[];
  readonly stepCount: number;
  /** k, pace and pause of the running decode; null until it was told. */
  readonly control: RunControlState | null;
  readonly comparison: Comparison;
}

export function createDecodeStore(client: EngineClient) {
  let steps: DecodeStep[] = [];
  const store = createStore<DecodeStoreState>(() => ({
    status: { kind: 'idle' },
    steps,
    stepCount: 0,
    control: null,
    comparison: { kind: 'none' },
  }));

  function reset(status: DecodeStatus): void {
    steps = [];
    store.setState({ status, steps, stepCount: 0 });
  }

  function end(run: DecodeState): void {
    const { status } = store.getState();
    if (status.kind === 'known' && status.run.run !== run.run) return;
    store.setState({
      status: { kind: 'known', run },
      control: run.status === 'running' ? store.getState().control : null,
    });
  }

  async function control(change: CommandInput<'decode.control'>): Promise<void> {
    try {
      store.setState({ control: await client.call('decode.control', change) });
    } catch (error) {
      // The run may have ended by itself a moment ago; then there is nothing to control and nothing to say.
      if (toFailure(error).code !== 'notLoaded') throw error;
    }
  }

  client.on('decode.started', (run) => reset({ kind: 'known', run }));
  client.on('decode.steps', (batch) => {
    const { status } = store.getState();
    // Before restore was called the steps of a run that this page did not begin are no one's; restore gets them all.
    if (status.kind !== 'known') return;
    for (const step of batch) if (step.run === status.run.run && step.index === steps.length) steps.push(step);
    store.setState({ stepCount: steps.length });
  });
  client.on('decode.ended', (run) => {
    if (store.getState().status.kind === 'known') end(run);
  });
  client.on('checkpoint.opened', () => {
    store.setState({ comparison: { kind: 'none' } });
    reset({ kind: 'idle' });
  });
  client.onEngineStatus((engine) => {
    const { status } = store.getState();
    if (engine.status !== 'stopped' || status.kind !== 'known' || status.run.status !== 'running') return;
    end({ ...status.run, status: 'failed', endReason: 'failed', failure: engine.failure });
  });

  async function stop(): Promise<void> {
    try {
      await client.call('decode.stop', {});
    } catch (error) {
      store.setState({ status: { kind: 'refused', failure: toFailure(error) } });
    }
  }

  return Object.assign(store, {
    async start(input: CommandInput<'decode.start'>): Promise<void> {
      store.setState({ status: { kind: 'starting', before: shownRun(store.getState()) } });
      const { paused = false, numSpeculativeTokens, paceMillis } = input;
      store.setState({ control: { paused, numSpeculativeTokens, paceMillis } });
      try {
        end(await client.call('decode.start', input));
      } catch (error) {
        const { status } = store.getState();
        const failure = toFailure(error);
        if (status.kind === 'known') end({ ...status.run, status: 'failed', endReason: 'failed', failure });
        else {
          reset({ kind: 'refused', failure });
        }
      }
    },
    stop,
    control,
    /** Takes up the engine's running or last run, begun by the page before a reload. What this page began is newer. */
    restore(current: CurrentRun | null): void {
      if (current === null || store.getState().status.kind !== 'idle') return;
      const { run, control: controlState } = current;
      steps = [...current.steps];
      store.setState({ status: { kind: 'known', run }, steps, stepCount: steps.length, control: controlState });
    },
    async compare(input: CommandInput<'decode.compare'>): Promise<void> {
      store.setState({ comparison: { kind: 'running' } });
      try {
        store.setState({ comparison: { kind: 'done', result: await client.call('decode.compare', input) } });
      } catch (error) {
        store.setState({ comparison: { kind: 'failed', failure: toFailure(error) } });
      }
    },
    clear: () => reset({ kind: 'idle' }),
  });
}

/** The run on screen. */
export function shownRun({ status }: DecodeStoreState): DecodeState | null {
  if (status.kind === 'known') return status.run;
  return status.kind === 'starting' ? status.before : null;
}

export type DecodeStore = ReturnType<typeof createDecodeStore>;

export function isDecoding({ status, comparison }: DecodeStoreState): boolean {
  return (
    comparison.kind === 'running' ||
    status.kind === 'starting' ||
    (status.kind === 'known' && status.run.status === 'running')
  );
}
