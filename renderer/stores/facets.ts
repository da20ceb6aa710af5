/** What the selection means in the other views: a tensor has a parameter, an expert, a file. Pure. */
import type { Checkpoint, Plan } from '../../electron/common/contract.ts';
import type { Selection } from './selectionStore.ts';

/** -1 = the selection says nothing about it. */
export interface Facets {
  readonly tensor: number;
  readonly parameter: number;
  /** Logical expert. */
  readonly expert: number;
  readonly rank: number;
  readonly file: number;
  /** Layer number in the names of the checkpoint. */
  readonly layer: number;
}

export const noFacets: Facets = { tensor: -1, parameter: -1, expert: -1, rank: -1, file: -1, layer: -1 };

export function facetsOf(selection: Selection, checkpoint: Checkpoint, plan: Plan): Facets {
  switch (selection.kind) {
    case 'tensor': {
      const { tensor } = selection;
      const parameter = plan.tensors.parameter[tensor] ?? -1;
      return {
        tensor,
        parameter,
        expert: plan.tensors.expert[tensor] ?? -1,
        rank: parameter < 0 ? -1 : plan.parallel.rank,
        file: checkpoint.tensors.file[tensor] ?? -1,
        layer: checkpoint.tensors.layer[tensor] ?? -1,
      };
    }
    case 'parameter': {
      const layer = /(?:^|\.)layers\.(\d{1,6})\./.exec(plan.parameters[selection.parameter]?.name ?? '');
      return {
        ...noFacets,
        parameter: selection.parameter,
        rank: plan.parallel.rank,
        layer: layer === null ? -1 : Number(layer[1]),
      };
    }
    case 'expert':
      return {
        ...noFacets,
        // The logical experts come first among the physical ones; copies have no one tensor of their own.
        expert: selection.expert < plan.placement.numLogicalExperts ? selection.expert : -1,
        rank: selection.rank,
      };
    case 'rank':
      return { ...noFacets, rank: selection.rank };
    case 'file':
      return { ...noFacets, file: selection.file };
    default:
      return noFacets;
  }
}
