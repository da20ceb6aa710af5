import { createStore } from 'zustand/vanilla';
import type { EngineClient } from '../engineClient.ts';
import type { FlowMeasure } from './mappingFlow.ts';
import { noFilter, type TensorFilter } from './tensorFilter.ts';
import { nextSort, type Sort, type SortColumn } from './tensorOrder.ts';

export const mappingModes = ['list', 'tree', 'parameters'] as const;
export type MappingMode = (typeof mappingModes)[number];

/** Lifetime: one checkpoint. What the user is looking for among its tensors, and how they are laid out. */
export interface MappingState {
  readonly filter: TensorFilter;
  readonly mode: MappingMode;
  readonly sort: Sort | null;
  /** Paths of the unfolded modules. */
  readonly openModules: ReadonlySet<string>;
  readonly flowOpen: boolean;
  readonly flowMeasure: FlowMeasure;
}

const fresh = { filter: noFilter, sort: null, openModules: new Set(['model', 'model.layers']) };

export function createMappingStore(client: EngineClient) {
  const store = createStore<MappingState>(() => ({ ...fresh, mode: 'list', flowOpen: true, flowMeasure: 'tensors' }));
  client.on('checkpoint.opened', () => store.setState(fresh));
  return Object.assign(store, {
    narrow: (patch: Partial<TensorFilter>) => store.setState(({ filter }) => ({ filter: { ...filter, ...patch } })),
    clear: () => store.setState({ filter: noFilter }),
    setMode: (mode: MappingMode) => store.setState({ mode }),
    sortBy: (column: SortColumn) => store.setState(({ sort }) => ({ sort: nextSort(sort, column) })),
    toggleModule: (path: string) =>
      store.setState(({ openModules }) => {
        const open = new Set(openModules);
        if (!open.delete(path)) open.add(path);
        return { openModules: open };
      }),
    showFlow: (flowOpen: boolean) => store.setState({ flowOpen }),
    measureFlow: (flowMeasure: FlowMeasure) => store.setState({ flowMeasure }),
    /** Shows the tensors that go into a parameter. */
    showTensorsOf: (parameter: string) => store.setState({ mode: 'list', filter: { ...noFilter, parameter } }),
  });
}

export type MappingStore = ReturnType<typeof createMappingStore>;
