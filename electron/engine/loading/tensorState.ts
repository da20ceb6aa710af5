/** The state with which a tensor begins its way through a rule table. */
import type { Tensor } from '../../common/domain.ts';
import type { TensorState } from './loadRule.ts';

export function startState(tensor: Tensor): TensorState {
  return restart(emptyState(), tensor);
}

export function emptyState(): TensorState {
  return {
    original: '',
    shape: [],
    dtype: '',
    shapeKnown: false,
    name: '',
    specLayer: -1,
    rewritten: null,
    listener: null,
  };
}

/** One state serves all tensors of a plan: half a million of them would be garbage otherwise. */
export function restart(state: TensorState, tensor: Tensor): TensorState {
  state.original = tensor.name;
  state.shape = tensor.shape;
  state.dtype = tensor.dtype;
  state.shapeKnown = tensor.file >= 0;
  state.name = tensor.name;
  state.specLayer = -1;
  state.rewritten = null;
  return state;
}
