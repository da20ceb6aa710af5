/** Calls of the weight loaders from the rules: tell the listener and the coverage, and say what came of it. */
import type { Box, RaisedError, SlotId } from '../../common/domain.ts';
import { boxShape, sameShape, wholeBox } from './boxes.ts';
import type { RuleContext, TensorState } from './loadRule.ts';
import type { ParameterSpec } from './parameterSpec.ts';
import { type LoaderResult, loadExpert, loadWeight } from './weightLoaders.ts';

/** @returns what the loader raises, or null when it loads. */
export function callLoader(
  state: TensorState,
  context: RuleContext,
  index: number,
  parameter: ParameterSpec,
  shard: SlotId,
): RaisedError | null {
  const result = resultOf(state, parameter, shard);
  context.wrote(index, 0, result);
  state.listener?.call({
    parameter: index,
    weightShape: state.shape,
    shard,
    expertId: null,
    success: result.error === null,
    chunk: null,
    copies: result.copies,
    error: result.error,
  });
  return result.error;
}

function resultOf(state: TensorState, parameter: ParameterSpec, shard: SlotId): LoaderResult {
  // Reaching the expert loader this way fails whatever the shape.
  if (state.shapeKnown || parameter.loader.kind === 'experts') return loadWeight(parameter, state.shape, shard);
  const slots = typeof shard === 'number' ? [shard] : parameter.slotIds.map((_, at) => at);
  return { copies: [], slots, error: null };
}

/**
 * @param expertId physical id from the expert table
 * @param chunk piece of the tensor, where it was cut into pieces first
 */
export function callExpertLoader(
  state: TensorState,
  context: RuleContext,
  index: number,
  parameter: ParameterSpec,
  shard: 'w1' | 'w2' | 'w3',
  expertId: number,
  chunk: Box | null,
): 'loaded' | 'elsewhere' | RaisedError {
  const { expertMap } = context.placement.experts;
  const row = expertMap === null ? expertId : expertMap[expertId];
  let result: LoaderResult;
  if (row === undefined) {
    const message = `Expert ${expertId} is past the end of the expert map.`;
    result = { copies: [], slots: [], error: { type: 'IndexError', message } };
  } else if (row === -1) result = { copies: [], slots: [], error: null };
  else result = expertResult(state, context, index, parameter, shard, row, chunk);
  if (row !== undefined && row >= 0) context.wrote(index, row, result);
  state.listener?.call({
    parameter: index,
    weightShape: chunk === null ? state.shape : boxShape(chunk),
    shard,
    expertId,
    success: row !== -1 && result.error === null,
    chunk,
    copies: result.copies,
    error: result.error,
  });
  if (result.error !== null) return result.error;
  return row === -1 ? 'elsewhere' : 'loaded';
}

function expertResult(
  state: TensorState,
  context: RuleContext,
  index: number,
  parameter: ParameterSpec,
  shard: 'w1' | 'w2' | 'w3',
  row: number,
  chunk: Box | null,
): LoaderResult {
  const { loader } = parameter;
  if (loader.kind !== 'experts') return resultOf(state, parameter, shard);
  if (!state.shapeKnown) return { copies: [], slots: [Math.max(0, parameter.slotIds.indexOf(shard))], error: null };
  const compute = () => loadExpert(parameter, loader, chunk ?? wholeBox(state.shape), shard, row);
  if (state.listener !== null || chunk !== null) return compute();
  // Without a listener only slots and errors count, and those are the same for every row.
  const key = index * 3 + (shard === 'w1' ? 0 : shard === 'w2' ? 1 : 2);
  const known = context.expertResults.get(key);
  if (known !== undefined && sameShape(known.shape, state.shape)) return known.result;
  const result = compute();
  context.expertResults.set(key, { shape: state.shape, result });
  return result;
}
