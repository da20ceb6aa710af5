/** The reference's weight loaders: which box of a tensor goes into which box of a parameter, or what is raised. */
import type { Box, Copy, RaisedError, SlotId } from '../../common/domain.ts';
import { boxShape, broadcasts, isRaised, narrowed, sameShape, shapeText, wholeBox } from './boxes.ts';
import { ceilDiv, type ParameterLoader, type ParameterSpec, product } from './parameterSpec.ts';

/** What one call of a weight loader does. `copies` are the ones made before anything was raised. */
export interface LoaderResult {
  readonly copies: readonly Copy[];
  /** Slots written, as indices into the parameter's slotIds (of one expert row for experts). */
  readonly slots: readonly number[];
  /** Every expert row is written, not only the addressed one. */
  readonly allExpertRows?: boolean;
  readonly error: RaisedError | null;
}

type MergedLoader = Extract<ParameterLoader, { kind: 'merged' }>;
type ExpertLoader = Extract<ParameterLoader, { kind: 'experts' }>;

/** Name of the loader function in the reference. */
export function loaderName(parameter: ParameterSpec): string {
  const { loader } = parameter;
  switch (loader.kind) {
    case 'default':
      return 'default_weight_loader';
    case 'replicated':
      return 'ReplicatedLinear.weight_loader';
    case 'columnParallel':
      return 'ColumnParallelLinear.weight_loader_v2';
    case 'rowParallel':
      return 'RowParallelLinear.weight_loader_v2';
    case 'merged':
      return `${loader.reference}.weight_loader_v2`;
    case 'vocabulary':
      return 'VocabParallelEmbedding.weight_loader';
    case 'experts':
      return 'FusedMoE.weight_loader';
  }
}

function raised(type: string, message: string): LoaderResult {
  return { copies: [], slots: [], error: { type, message } };
}

function copied(dst: Box, src: Box, slot = 0): LoaderResult {
  return { copies: [{ dst, src }], slots: [slot], error: null };
}

/**
 * Loads a tensor into a parameter that is not an expert parameter.
 * @param shape the tensor's shape
 * @param shard part of a merged parameter; null = no part given
 */
export function loadWeight(parameter: ParameterSpec, shape: readonly number[], shard: SlotId): LoaderResult {
  const { loader } = parameter;
  switch (loader.kind) {
    case 'default':
      return loadDefault(parameter, shape);
    case 'replicated':
      return assertAndCopy(parameter, wholeBox(shape), shape);
    case 'columnParallel':
      return loadCut(parameter, shape, 0, loader.tpRank, loader.perTensor);
    case 'rowParallel':
      return loadCut(parameter, shape, 1, loader.tpRank, loader.perTensor);
    case 'merged':
      return typeof shard === 'number'
        ? loadPart(parameter, loader, wholeBox(shape), shard)
        : loadFused(parameter, loader, wholeBox(shape));
    case 'vocabulary':
      return loadVocabulary(parameter, loader, shape);
    case 'experts':
      return raised('TypeError', 'The loader of expert parameters is called without an expert and a part.');
  }
}

function loadDefault(parameter: ParameterSpec, shape: readonly number[]): LoaderResult {
  const bothScalar = parameter.numel === 1 && product(shape) === 1;
  if (!bothScalar && !sameShape(parameter.shape, shape)) return shapeMismatch(parameter.shape, shape);
  return copied(wholeBox(parameter.shape), wholeBox(shape));
}

function shapeMismatch(wanted: readonly number[], found: readonly number[]): LoaderResult {
  return raised(
    'AssertionError',
    `The shapes differ: ${shapeText(found)} in the checkpoint, ${shapeText(wanted)} here.`,
  );
}

/** Shapes must agree; a tensor without dimensions counts as one of a single element. */
function assertAndCopy(parameter: ParameterSpec, src: Box, shape: readonly number[]): LoaderResult {
  const found = shape.length === 0 ? [1] : boxShape(src);
  if (!sameShape(parameter.shape, found)) return shapeMismatch(parameter.shape, found);
  return copied(wholeBox(parameter.shape), src);
}

function loadCut(
  parameter: ParameterSpec,
  shape: readonly number[],
  dim: number,
  tpRank: number,
  perTensor: boolean,
): LoaderResult {
  const src = wholeBox(shape);
  if (perTensor) return assertAndCopy(parameter, src, shape);
  const size = parameter.shape[dim] ?? 0;
  const part = narrowed(shape.length === 0 ? [[0, 1]] : src, dim, tpRank * size, size);
  if (isRaised(part)) return { copies: [], slots: [], error: part };
  return assertAndCopy(parameter, shape.length === 0 ? src : part, shape);
}

/** Part `shard` of a merged layer: part sizes are those of the whole model, counted up to blocks before they are cut. */
function loadPart(parameter: ParameterSpec, loader: MergedLoader, src: Box, shard: number): LoaderResult {
  if (loader.perTensor) return loadScalarPart(parameter, src, shard);
  const { tpSize, tpRank, blockRows } = loader;
  const inBlocks = (rows: number) => (blockRows === null ? rows : ceilDiv(rows, blockRows));
  const before = loader.parts.slice(0, shard).reduce((sum, rows) => sum + rows, 0);
  const offset = Math.floor(inBlocks(before) / tpSize);
  const size = Math.floor(inBlocks(loader.parts[shard] ?? 0) / tpSize);
  const dst = narrowed(wholeBox(parameter.shape), 0, offset, size);
  if (isRaised(dst)) return { copies: [], slots: [], error: dst };
  const part = narrowed(src, 0, tpRank * size, size);
  if (isRaised(part)) return { copies: [], slots: [], error: part };
  if (!sameShape(boxShape(dst), boxShape(part))) return shapeMismatch(boxShape(dst), boxShape(part));
  return copied(dst, part, shard);
}

function loadScalarPart(parameter: ParameterSpec, src: Box, shard: number): LoaderResult {
  const shape = boxShape(src);
  if (shape.length > 1 || (shape.length === 1 && shape[0] !== 1)) return shapeMismatch([], shape);
  const dst = narrowed(wholeBox(parameter.shape), 0, shard, 1);
  return isRaised(dst) ? { copies: [], slots: [], error: dst } : copied(dst, src, shard);
}

/** A tensor that is already fused on disk: cut at the part sizes of the whole model, then part by part. */
function loadFused(parameter: ParameterSpec, loader: MergedLoader, src: Box): LoaderResult {
  if (loader.perTensor) return loadScalarPart(parameter, src, 0);
  const copies: Copy[] = [];
  const slots: number[] = [];
  let offset = 0;
  for (const [shard, rows] of loader.parts.entries()) {
    const piece = narrowed(src, 0, offset, rows);
    if (isRaised(piece)) return { copies, slots, error: piece };
    const result = loadPart(parameter, loader, piece, shard);
    copies.push(...result.copies);
    slots.push(...result.slots);
    if (result.error !== null) return { copies, slots, error: result.error };
    offset += rows;
  }
  return { copies, slots, error: null };
}

function loadVocabulary(
  parameter: ParameterSpec,
  loader: Extract<ParameterLoader, { kind: 'vocabulary' }>,
  shape: readonly number[],
): LoaderResult {
  const { start, end } = loader.shard;
  const rows = end - start;
  if (shape.length === 0) return raised('IndexError', 'A tensor without dimensions has no vocabulary rows.');
  if (shape[0] !== loader.vocabSize)
    return raised('AssertionError', `It has ${shape[0]} rows, but the vocabulary has exactly ${loader.vocabSize}.`);
  const src = wholeBox(shape).map((range, dim): [number, number] => (dim === 0 ? [start, end] : range));
  const dst = wholeBox(parameter.shape).map((range, dim): [number, number] => (dim === 0 ? [0, rows] : range));
  if (!broadcasts(boxShape(src), boxShape(dst)))
    return raised('RuntimeError', `${shapeText(boxShape(src))} cannot be copied into ${shapeText(boxShape(dst))}.`);
  const padding = dst.map((range, dim): [number, number] => (dim === 0 ? [rows, loader.shard.rows] : range));
  const fillsRest: Copy = { dst: padding, fill: 0 };
  return { copies: [{ dst, src }, fillsRest], slots: [0], error: null };
}

/**
 * Loads a tensor, or a piece of one, into one expert row. There is no shape check: longer tensors are cut and copies
 * spread, so that only what cannot be spread is raised.
 * @param src the piece of the tensor
 * @param localExpert expert row of this rank
 */
export function loadExpert(
  parameter: ParameterSpec,
  loader: ExpertLoader,
  src: Box,
  shard: 'w1' | 'w2' | 'w3',
  localExpert: number,
): LoaderResult {
  const slot = Math.max(0, parameter.slotIds.indexOf(shard));
  const row: [number, number] = [localExpert, localExpert + 1];
  const own = wholeBox(parameter.shape.slice(1));
  if (loader.field === 'inputScale') return copyIntoExpert([row], src, 0, []);
  if (loader.field === 'perTensorScale')
    return shard === 'w2'
      ? copyIntoExpert([row], src, slot, [])
      : copyIntoExpert([row, [slot, slot + 1]], src, slot, []);
  const everyExpert = src.length === 3;
  const target: Box = everyExpert ? wholeBox(parameter.shape) : own;
  const dim = (shard === 'w2' ? 1 : 0) + (everyExpert ? 1 : 0);
  const full = parameter.shape[dim + (everyExpert ? 0 : 1)] ?? 0;
  const size = shard === 'w2' ? full : Math.floor(full / 2);
  const part = src.length === 0 ? src : narrowed(src, dim, loader.moeTpRank * size, size);
  if (isRaised(part)) return { copies: [], slots: [], error: part };
  const dst = narrowed(target, dim, shard === 'w3' ? size : 0, size);
  if (isRaised(dst)) return { copies: [], slots: [], error: dst };
  const result = copyIntoExpert(everyExpert ? dst : [row, ...dst], part, slot, boxShape(dst));
  return everyExpert ? { ...result, allExpertRows: true } : result;
}

/** @param spreadOver the shape that the copy is spread over: the target without its expert row */
function copyIntoExpert(dst: Box, src: Box, slot: number, spreadOver: readonly number[]): LoaderResult {
  const shape = boxShape(src);
  // Assigning to an element drops leading dimensions of size 1.
  const fits = spreadOver.length === 0 ? product(shape) === 1 : broadcasts(shape, spreadOver);
  if (!fits) return raised('RuntimeError', `${shapeText(shape)} cannot be spread over ${shapeText(spreadOver)}.`);
  return copied(dst, src, slot);
}
