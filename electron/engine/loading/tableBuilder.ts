/** Collects the parameters of one rank, layer kind by layer kind, in the order of named_parameters(). */
import { type Dtype, dtypeBytes, type RankPlacement, type SlotId } from '../../common/domain.ts';
import {
  ConstructionError,
  ceilDiv,
  numSlotsOf,
  type ParameterLoader,
  type ParameterSpec,
  type ParameterTable,
  product,
  type ReferenceClass,
} from './parameterSpec.ts';
import type { QuantScheme } from './quantScheme.ts';

export interface LinearLayer {
  readonly name: string;
  /** Output rows of the whole model; more than one entry = merged. */
  readonly parts: readonly number[];
  readonly input: number;
  /** rows: each part is cut by rows; columns: the input is cut; whole: every rank has all. */
  readonly cut: 'rows' | 'columns' | 'whole';
  readonly tpSize: number;
  readonly tpRank: number;
  /** Asked after the sizes were divided, as the reference does: it may raise. */
  readonly scheme: () => QuantScheme;
  readonly qkv?: boolean;
}

export interface ExpertLayer {
  readonly name: string;
  readonly hidden: number;
  /** Inner size of one routed expert, before the cut. */
  readonly inner: number;
  readonly placement: RankPlacement;
  readonly scheme: QuantScheme;
}

interface NewParameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  readonly loader: ParameterLoader;
  readonly referenceClass: ReferenceClass;
  readonly slotIds?: readonly SlotId[];
  readonly slotNumels?: readonly number[];
  readonly expertRows?: number;
}

function divide(value: number, by: number, what: string): number {
  if (value % by !== 0)
    throw new ConstructionError('AssertionError', `${what} is ${value}, which cannot be divided by ${by} ranks.`);
  return value / by;
}

/** @param value size on one of so many ranks */
function requireMultiple(value: number, ranks: number, block: number, what: string): void {
  if (value % block === 0) return;
  const share = ranks === 1 ? `${value}` : `${value * ranks} / ${ranks} = ${value} on one rank`;
  throw new ConstructionError('ValueError', `${what} is ${share}, not a multiple of the fp8 block ${block}.`);
}

export class TableBuilder {
  readonly modelDtype: Dtype;
  private readonly parameters: ParameterSpec[] = [];
  private numSlots = 0;

  constructor(modelDtype: Dtype) {
    this.modelDtype = modelDtype;
  }

  table(): ParameterTable {
    return {
      parameters: this.parameters,
      indexOf: new Map(this.parameters.map((parameter, index) => [parameter.name, index])),
      numSlots: this.numSlots,
    };
  }

  /** Loaded whole by the default loader: norms, eh_proj, correction bias. */
  plain(name: string, shape: readonly number[], dtype: Dtype = this.modelDtype): void {
    this.add({ name, shape, dtype, loader: { kind: 'default' }, referenceClass: 'Parameter' });
  }

  /** Embedding or head: [padded vocabulary / tp, hidden]. */
  vocabulary(name: string, vocabSize: number, hidden: number, placement: RankPlacement): void {
    const shard = placement.vocab;
    if (shard === null)
      throw new ConstructionError(
        'AssertionError',
        `The vocabulary of ${vocabSize}, padded to ${ceilDiv(vocabSize, 64) * 64}, a multiple of 64, cannot be divided by ${placement.tpSize} ranks.`,
      );
    this.add({
      name,
      shape: [shard.rows, hidden],
      dtype: this.modelDtype,
      loader: { kind: 'vocabulary', vocabSize, shard },
      referenceClass: 'Parameter',
    });
  }

  /** `weight` [out, in] and, with fp8, its scales. */
  linear(layer: LinearLayer): void {
    const { name, tpSize, cut } = layer;
    const outs = layer.parts.map((rows) => (cut === 'rows' ? divide(rows, tpSize, `${name}: output size`) : rows));
    const input = cut === 'columns' ? divide(layer.input, tpSize, `${name}: input size`) : layer.input;
    const out = outs.reduce((sum, rows) => sum + rows, 0);
    const scheme = layer.scheme();
    if (scheme.kind === 'fp8Block') this.checkBlocks(layer, outs, input, scheme.blockRows, scheme.blockCols);
    const add = (
      suffix: string,
      shape: readonly number[],
      dtype: Dtype,
      cls: ReferenceClass,
      blockRows: number | null,
    ) => {
      const perTensor = cls === 'PerTensorScaleParameter';
      const loader = linearLoader(layer, blockRows, perTensor);
      const rest = product(shape.slice(1));
      const merged = loader.kind === 'merged';
      this.add({
        name: `${name}.${suffix}`,
        shape,
        dtype,
        loader,
        referenceClass: cls,
        ...(merged ? { slotIds: layer.parts.map((_, part) => part as SlotId) } : {}),
        ...(merged ? { slotNumels: mergedRows(layer, blockRows, perTensor).map((rows) => rows * rest) } : {}),
      });
    };
    const quantized = scheme.kind !== 'none';
    add('weight', [out, input], quantized ? 'F8_E4M3' : this.modelDtype, 'ModelWeightParameter', null);
    if (scheme.kind === 'fp8Block') {
      const shape = [ceilDiv(out, scheme.blockRows), ceilDiv(input, scheme.blockCols)];
      add('weight_scale_inv', shape, 'F32', 'BlockQuantScaleParameter', scheme.blockRows);
    }
    if (scheme.kind === 'fp8Tensor') {
      add('weight_scale', [outs.length], 'F32', 'PerTensorScaleParameter', null);
      if (scheme.staticActivation) add('input_scale', [outs.length], 'F32', 'PerTensorScaleParameter', null);
    }
  }

  /** Routed experts: w13 [local experts, 2 x inner, hidden], w2 [local experts, hidden, inner], and their scales. */
  experts(layer: ExpertLayer): void {
    const { scheme, hidden, placement, name } = layer;
    const { moeTpSize, moeTpRank } = placement.experts;
    const inner = divide(layer.inner, moeTpSize, `${name}: inner size`);
    const rows = placement.numLocalExperts;
    if (scheme.kind === 'fp8Block') {
      requireMultiple(inner, moeTpSize, scheme.blockRows, `${name}: inner size`);
      if (placement.tpSize > 1) requireMultiple(inner, moeTpSize, scheme.blockCols, `${name}: inner size`);
    }
    type Field = 'weight' | 'perTensorScale' | 'inputScale';
    const add = (projection: 'w13' | 'w2', suffix: string, shape: readonly number[], dtype: Dtype, field: Field) => {
      const numel = product(shape);
      // w1 and w3 share the one input scale of an expert, so it is a single slot.
      const halves = projection === 'w13' && field !== 'inputScale';
      this.add({
        name: `${name}.${projection}_${suffix}`,
        shape: [rows, ...shape],
        dtype,
        loader: { kind: 'experts', projection, field, moeTpSize, moeTpRank },
        referenceClass: 'Parameter',
        slotIds: halves ? ['w1', 'w3'] : [projection === 'w13' ? 'w1' : 'w2'],
        slotNumels: halves ? [numel / 2, numel / 2] : [numel],
        expertRows: rows,
      });
    };
    const dtype: Dtype = scheme.kind === 'none' ? this.modelDtype : 'F8_E4M3';
    add('w13', 'weight', [2 * inner, hidden], dtype, 'weight');
    add('w2', 'weight', [hidden, inner], dtype, 'weight');
    if (scheme.kind === 'fp8Block') {
      const innerBlocks = ceilDiv(inner, scheme.blockRows);
      add('w13', 'weight_scale_inv', [2 * innerBlocks, ceilDiv(hidden, scheme.blockCols)], 'F32', 'weight');
      add(
        'w2',
        'weight_scale_inv',
        [ceilDiv(hidden, scheme.blockRows), ceilDiv(inner, scheme.blockCols)],
        'F32',
        'weight',
      );
    }
    if (scheme.kind === 'fp8Tensor') {
      add('w13', 'weight_scale', [2], 'F32', 'perTensorScale');
      add('w2', 'weight_scale', [], 'F32', 'perTensorScale');
      if (scheme.staticActivation) {
        add('w13', 'input_scale', [], 'F32', 'inputScale');
        add('w2', 'input_scale', [], 'F32', 'inputScale');
      }
    }
  }

  private checkBlocks(
    layer: LinearLayer,
    outs: readonly number[],
    input: number,
    blockRows: number,
    blockCols: number,
  ): void {
    if (layer.tpSize === 1) return;
    if (layer.cut === 'columns') requireMultiple(input, layer.tpSize, blockCols, `${layer.name}: input size`);
    // Merged layers with a part that is not a multiple are let through here; they may fail while loading.
    const [only] = outs;
    if (layer.cut === 'rows' && outs.length === 1 && only !== undefined)
      requireMultiple(only, layer.tpSize, blockRows, `${layer.name}: output size`);
  }

  private add(parameter: NewParameter): void {
    const { name, shape, dtype, loader, referenceClass } = parameter;
    const numel = product(shape);
    // Field by field: tables of the target have some thousand parameters, and spreading costs five times as much.
    const spec: ParameterSpec = {
      name,
      shape,
      dtype,
      loader,
      referenceClass,
      numel,
      bytes: numel * dtypeBytes[dtype],
      firstSlot: this.numSlots,
      slotIds: parameter.slotIds ?? [null],
      slotNumels: parameter.slotNumels ?? [numel],
      expertRows: parameter.expertRows ?? null,
    };
    this.numSlots += numSlotsOf(spec);
    this.parameters.push(spec);
  }
}

function linearLoader(layer: LinearLayer, blockRows: number | null, perTensor: boolean): ParameterLoader {
  const { tpSize, tpRank, parts } = layer;
  if (parts.length > 1) {
    const reference = layer.qkv ? 'QKVParallelLinear' : 'MergedColumnParallelLinear';
    const own = layer.cut === 'rows' ? { tpSize, tpRank } : { tpSize: 1, tpRank: 0 };
    return { kind: 'merged', reference, parts, ...own, blockRows, perTensor };
  }
  if (layer.cut === 'rows') return { kind: 'columnParallel', tpSize, tpRank, perTensor };
  if (layer.cut === 'columns') return { kind: 'rowParallel', tpSize, tpRank, perTensor };
  return { kind: 'replicated' };
}

/** Rows that each part has on this rank; blocks are counted up before they are cut. */
function mergedRows(layer: LinearLayer, blockRows: number | null, perTensor: boolean): number[] {
  const tpSize = layer.cut === 'rows' ? layer.tpSize : 1;
  return layer.parts.map((rows) =>
    perTensor ? 1 : Math.floor((blockRows === null ? rows : ceilDiv(rows, blockRows)) / tpSize),
  );
}
