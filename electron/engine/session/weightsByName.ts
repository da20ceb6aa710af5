/**
 * Weights by the checkpoint's own names and in their stored dtypes, as `forward` computes with them: also models that the
 * reference cannot build or load (its fused fp8 parameters need sizes that are multiples of a block), and without its rounding
 * to the model's dtype. Nothing is fused but the routed experts.
 */
import type { ModelConfig, Tensor } from '../../common/domain.ts';
import { dtypeText } from '../../common/dtypeName.ts';
import { FailureError } from '../../common/failure.ts';
import type { Checkpoint } from '../checkpoint/openCheckpoint.ts';
import { scaleBlockOf } from '../decoding/nativeConfig.ts';
import { dtypeBytes, type NativeParameterSpec, type NativeReadItem, type StoredDtype } from '../kernels/kernels.ts';
import { isReplacedByTarget } from '../loading/findings/finding.ts';
import type { WeightPlan } from './weightPlan.ts';

export type WeightsByName = Pick<
  WeightPlan,
  'parameters' | 'parameterBytes' | 'ownTableBytes' | 'sharesTables' | 'files' | 'items'
>;

interface Place {
  readonly parameter: string;
  readonly shape: readonly number[];
  /** Elements in front. */
  readonly offset: number;
}

const layerName = /^model\.layers\.(\d+)\.(.+)$/;
const expertName = /^mlp\.experts\.(\d+)\.(gate|up|down)_proj\.(weight|weight_scale_inv)$/;
const ofModuleItself = /^(embed_tokens|enorm|hnorm|eh_proj|shared_head)\./;

/**
 * @param sharesTables see planWeights
 * @throws FailureError planHasErrors (experts are missing or differ), notRunnable (a dtype that is not read here)
 */
export function weightsByName(checkpoint: Checkpoint, sharesTables = false): WeightsByName {
  const { config, tensors } = checkpoint;
  const parameters: (NativeParameterSpec & { filled: number })[] = [];
  const indexOf = new Map<string, number>();
  const items: NativeReadItem[] = [];
  let ownTableBytes = 0;
  const read = (tensor: Tensor, { parameter, shape, offset }: Place) => {
    const dtype = tensor.dtype as StoredDtype;
    if (!Object.hasOwn(dtypeBytes, dtype)) {
      throw new FailureError('notRunnable', `${tensor.name} is ${dtypeText(tensor)}, which is not read here.`);
    }
    let index = indexOf.get(parameter);
    if (index === undefined) {
      index = parameters.length;
      indexOf.set(parameter, index);
      parameters.push({ name: parameter, dtype: isScale(tensor.name) ? 'F32' : dtype, shape, filled: 0 });
    }
    const known = parameters[index] as NativeParameterSpec & { filled: number };
    if (known.dtype !== dtype && !isScale(tensor.name))
      throw wrong(`${tensor.name} is ${dtype}, other parts of ${parameter} are ${known.dtype}.`);
    const cols = tensor.shape.at(-1) ?? 1;
    const rows = tensor.shape.slice(0, -1).reduce((product, size) => product * size, 1);
    known.filled += rows * cols;
    items.push({
      file: tensor.file,
      parameter: index,
      fileOffset: tensor.begin,
      rows,
      cols,
      srcRowBytes: cols * dtypeBytes[dtype],
      srcDtype: dtype,
      dstOffset: offset,
      dstStride: cols,
      broadcastCols: false,
    });
  };
  const lastLayer = config.numHiddenLayers + (config.numNextnPredictLayers ?? 0);
  for (const tensor of tensors) {
    const [, layer, rest] = layerName.exec(tensor.name) ?? [];
    if (layer === undefined || rest === undefined) {
      read(tensor, { parameter: `target/${tensor.name}`, shape: tensor.shape, offset: 0 });
      continue;
    }
    if (Number(layer) >= lastLayer) continue;
    const ofModule = Number(layer) >= config.numHiddenLayers;
    if (ofModule && isReplacedByTarget(tensor.name)) {
      ownTableBytes += tensor.end - tensor.begin;
      if (sharesTables) continue;
    }
    const inside = ofModule && !ofModuleItself.test(rest) ? 'mtp_block.' : '';
    const prefix = `${ofModule ? 'mtp' : 'target'}/model.layers.${layer}.${inside}`;
    read(
      tensor,
      expertPlace(tensor, rest, prefix, config) ?? {
        parameter: prefix + rest,
        shape: tensor.shape,
        offset: 0,
      },
    );
  }
  const embedding = tensors.find(({ name }) => name === 'model.embed_tokens.weight');
  if (config.tieWordEmbeddings && !indexOf.has('target/lm_head.weight') && embedding !== undefined) {
    read(embedding, { parameter: 'target/lm_head.weight', shape: embedding.shape, offset: 0 });
  }
  const elements = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);
  const partly = parameters.find(({ shape, filled }) => filled !== elements(shape));
  if (partly !== undefined) throw wrong(`The tensors of the checkpoint do not fill ${partly.name}.`);
  return {
    parameters: parameters.map(({ name, dtype, shape }) => ({ name, dtype, shape })),
    parameterBytes: parameters.reduce((sum, { dtype, shape }) => sum + dtypeBytes[dtype] * elements(shape), 0),
    ownTableBytes,
    sharesTables,
    files: checkpoint.files.map(({ path, bytes, mtimeNs }) => ({
      path,
      expectedBytes: bytes,
      expectedMtimeNs: mtimeNs,
    })),
    items,
  };
}

/** w13 [experts, 2 x inner, hidden] with gate in front of up, w2 [experts, hidden, inner]; scales alike, in blocks. */
function expertPlace(tensor: Tensor, rest: string, prefix: string, config: ModelConfig): Place | null {
  const [, expert, projection, field] = expertName.exec(rest) ?? [];
  if (expert === undefined || field === undefined) return null;
  const [rows, cols] = tensor.shape;
  const down = projection === 'down';
  const experts = config.nRoutedExperts ?? 0;
  const [blockRows, blockCols] = scaleBlockOf(config);
  const inner = Math.ceil(config.moeIntermediateSize / (field === 'weight' ? 1 : down ? blockCols : blockRows));
  if (rows === undefined || cols === undefined || Number(expert) >= experts) {
    throw wrong(`${tensor.name} is no expert that the configuration has.`);
  }
  if ((down ? cols : rows) !== inner) throw wrong(`${tensor.name} has another inner size than the configuration.`);
  const size = rows * cols;
  return {
    parameter: `${prefix}mlp.experts.${down ? 'w2' : 'w13'}_${field}`,
    shape: down ? [experts, rows, cols] : [experts, 2 * rows, cols],
    offset: down ? Number(expert) * size : (2 * Number(expert) + (projection === 'up' ? 1 : 0)) * size,
  };
}

/** Block scales are float32 to the kernels, however they are stored. */
function isScale(name: string): boolean {
  return name.endsWith('_scale_inv');
}

function wrong(message: string): FailureError {
  return new FailureError('planHasErrors', message, {
    hint: 'Compare config.json and the files with the original checkpoint.',
  });
}
