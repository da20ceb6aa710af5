/** The weights that `forward` computes with: as the checkpoint stores them, wherever that is a whole model. */
import { singleRank } from '../../common/domain.ts';
import { FailureError } from '../../common/failure.ts';
import { requireWeights } from '../checkpoint/headersFile.ts';
import type { Checkpoint } from '../checkpoint/openCheckpoint.ts';
import type { NativeDevice, NativeModel, NativeModelConfig, NativeWeightStore } from '../kernels/kernels.ts';
import { planLoad } from '../loading/loadPlan.ts';
import { placeRank } from '../placement/expertPlacement.ts';
import { refuseTooLarge, roomOn, tablesOf } from './memoryFit.ts';
import { needToRun } from './memoryNeed.ts';
import { describeError } from './nativeFailure.ts';
import { planWeights } from './weightPlan.ts';
import { type WeightsByName, weightsByName } from './weightsByName.ts';

export interface BoundWeights {
  readonly weights: WeightsByName;
  /** Made for `weights`, not filled yet. */
  readonly store: NativeWeightStore;
  readonly model: NativeModel;
}

/**
 * The tensors by their own names and in their own dtypes: that also computes what only the reference would refuse (fp8 sizes that
 * are no multiples of a block, a tied head, no groups) or round (float32 weights in a bfloat16 model). Where that is no whole
 * model, as the rules load it: what no tensor fills holds zeros then.
 * @param sharesTables see planWeights
 * @param room what memory is needed for beside the weights: a text of so many rows, and so many reader threads
 * @throws FailureError planHasErrors, notRunnable, outOfMemory, the checkpoint's problem; or NativeError
 */
export function bindForwardWeights(
  checkpoint: Checkpoint,
  device: NativeDevice,
  room: { readonly rows: number; readonly readers: number },
  config: NativeModelConfig,
  sharesTables: boolean,
): BoundWeights {
  requireWeights(checkpoint);
  const bind = (weights: WeightsByName): BoundWeights => {
    const run = needToRun(checkpoint, weights.parameterBytes, room.rows);
    const free = roomOn(device.report.kind, device.memoryFree(), 0, room.readers);
    refuseTooLarge(checkpoint, singleRank, { weights: weights.parameterBytes, run, ...tablesOf(weights) }, free);
    const store = device.createStore(weights.parameters);
    try {
      return { weights, store, model: store.createModel(config) };
    } catch (error) {
      store.close();
      throw error;
    }
  };
  if (checkpoint.problems.length === 0) {
    try {
      return bind(weightsByName(checkpoint, sharesTables));
    } catch (error) {
      const failure = describeError(error);
      if (failure.code !== 'planHasErrors' && failure.code !== 'notRunnable')
        throw new FailureError(failure.code, failure.message, failure);
    }
  }
  const { config: described, tensors } = checkpoint;
  const placement = placeRank(described, singleRank);
  const plan = planLoad({ tensors, config: described, parallel: singleRank, placement, kind: 'drafter' });
  return bind(planWeights(checkpoint, plan, sharesTables));
}
