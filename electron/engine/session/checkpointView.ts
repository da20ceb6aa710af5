/** Checkpoint -> what the page is told about it: columns over the tensors, the model card, where the bytes are. */
import type { Checkpoint as CheckpointView } from '../../common/contract.ts';
import type { ModelConfig } from '../../common/domain.ts';
import { dtypeText } from '../../common/dtypeName.ts';
import type { Checkpoint } from '../checkpoint/openCheckpoint.ts';
import { sourceFactsOf } from './sources/sourceFacts.ts';

export interface CheckpointViewFacts {
  readonly id: number;
  readonly hasTokenizer: boolean;
  readonly prompts: readonly { text: string; label: string }[];
  readonly openedMicros: number;
}

export function checkpointView(checkpoint: Checkpoint, facts: CheckpointViewFacts): CheckpointView {
  const { tensors, files, config } = checkpoint;
  const bytes = Float64Array.from(tensors, (tensor) => tensor.end - tensor.begin);
  const layer = Int32Array.from(tensors, (tensor) => layerOf(tensor.name));
  const tensorsOfFile = new Array<number>(files.length).fill(0);
  for (const tensor of tensors) tensorsOfFile[tensor.file] = (tensorsOfFile[tensor.file] ?? 0) + 1;
  const mtpLayers = config.numNextnPredictLayers ?? 0;
  const dtypes = numbered(tensors.map((tensor) => (tensor.file < 0 ? 'unknown' : dtypeText(tensor))));
  const shapes = numbered(tensors.map(({ shape }) => shape.join()));
  return {
    id: facts.id,
    name: checkpoint.name,
    folder: checkpoint.folder,
    card: modelCard(config),
    numHiddenLayers: config.numHiddenLayers,
    numMtpLayers: mtpLayers,
    numRoutedExperts: config.nRoutedExperts ?? 0,
    vocabSize: config.vocabSize,
    hasTokenizer: facts.hasTokenizer,
    files: files.map((file, at) => ({ name: file.name, bytes: file.bytes, tensors: tensorsOfFile[at] ?? 0 })),
    tensors: {
      names: tensors.map((tensor) => tensor.name),
      dtypes: dtypes.words,
      dtype: Uint16Array.from(dtypes.of),
      shapes: shapes.first.map((at) => [...(tensors[at]?.shape ?? [])]),
      shape: Int32Array.from(shapes.of),
      bytes,
      file: Int32Array.from(tensors, (tensor) => tensor.file),
      layer,
    },
    totals: { tensors: tensors.length, bytes: bytes.reduce((sum, value) => sum + value, 0) },
    parts: partsOf(checkpoint, layer, bytes),
    sources: sourceFactsOf(checkpoint),
    problems: [...checkpoint.problems],
    prompts: [...facts.prompts],
    openedMicros: facts.openedMicros,
  };
}

interface Numbered {
  readonly of: readonly number[];
  readonly first: readonly number[];
  readonly words: string[];
}

/** Numbers for the words that occur, in the order in which they first do, and the place where each first does. */
function numbered(words: readonly string[]): Numbered {
  const known = new Map<string, number>();
  const first: number[] = [];
  const of = words.map((word, at) => {
    const number = known.get(word);
    if (number !== undefined) return number;
    known.set(word, first.length);
    first.push(at);
    return first.length - 1;
  });
  return { of, first, words: [...known.keys()] };
}

/** Layer number of a tensor name; -1 when it has none. */
function layerOf(name: string): number {
  const match = /(?:^|\.)layers\.(\d{1,6})\./.exec(name);
  return match === null ? -1 : Number(match[1]);
}

type Card = CheckpointView['card'];

function modelCard(config: ModelConfig): Card {
  const rows: Card = [];
  const row = (group: string, label: string, value: string | number | null, key: string) => {
    if (value !== null) rows.push({ group, label, value: String(value), key });
  };
  row('Model', 'Architecture', config.architectures[0] ?? config.modelType, 'architectures');
  row('Model', 'Main layers', config.numHiddenLayers, 'num_hidden_layers');
  row('Model', 'MTP layers', mtpLayersText(config), 'num_nextn_predict_layers');
  row('Model', 'Hidden size', config.hiddenSize, 'hidden_size');
  row('Model', 'Vocabulary', config.vocabSize.toLocaleString('en-US'), 'vocab_size');
  row('Model', 'Positions', config.maxPositionEmbeddings.toLocaleString('en-US'), 'max_position_embeddings');
  row('Model', 'Stored as', quantizationText(config), 'quantization_config');
  row('Attention', 'Heads', config.numAttentionHeads, 'num_attention_heads');
  row('Attention', 'Query latent', config.qLoraRank ?? 'none (q_proj)', 'q_lora_rank');
  row('Attention', 'Key-value latent', config.kvLoraRank ?? 'none', 'kv_lora_rank');
  row(
    'Attention',
    'Head dims',
    `${config.qkNopeHeadDim} no-rope + ${config.qkRopeHeadDim} rope, value ${config.vHeadDim}`,
    'qk_nope_head_dim',
  );
  row('Attention', 'Rope', ropeText(config), 'rope_scaling');
  if (config.nRoutedExperts === null) {
    row('Experts', 'Routed experts', 'none', 'n_routed_experts');
  } else {
    row('Experts', 'Routed experts', `${config.nRoutedExperts}, top ${config.numExpertsPerTok}`, 'n_routed_experts');
    row('Experts', 'Groups', `${config.nGroup ?? 1}, keep ${config.topkGroup}`, 'n_group');
    row('Experts', 'Shared experts', config.nSharedExperts ?? 'none', 'n_shared_experts');
    row('Experts', 'Expert size', config.moeIntermediateSize, 'moe_intermediate_size');
    row('Experts', 'Scoring', `${config.scoringFunc}, ${config.topkMethod}`, 'scoring_func');
    row('Experts', 'Dense layers first', config.firstKDenseReplace, 'first_k_dense_replace');
  }
  return rows;
}

function mtpLayersText(config: ModelConfig): string {
  const count = config.numNextnPredictLayers ?? 0;
  const first = config.numHiddenLayers;
  if (count === 0) return '0';
  return count === 1 ? `1 (layer ${first})` : `${count} (layers ${first} to ${first + count - 1})`;
}

function quantizationText(config: ModelConfig): string {
  const { method, declared, weightBlockSize } = config.quantization;
  if (method === 'none') return config.torchDtype;
  if (method === 'fp8Block') return `fp8 e4m3, ${weightBlockSize?.join(' x ')} blocks`;
  return declared ?? method;
}

function ropeText(config: ModelConfig): string {
  const type = config.ropeScaling?.rope_type ?? config.ropeScaling?.type;
  const theta = `theta ${config.ropeTheta.toLocaleString('en-US')}`;
  const factor = config.ropeScaling?.factor;
  return type === undefined || type === 'default' ? theta : `${String(type)} x ${String(factor)}, ${theta}`;
}

const partLabels = {
  targetExperts: 'Target, routed experts',
  targetRest: 'Target, other layers',
  targetEnds: 'Target, embedding and head',
  mtpExperts: 'MTP, routed experts',
  mtpRest: 'MTP, other',
  mtpCopies: 'MTP, embedding and head copies',
  scales: 'Block scales',
  other: 'Other',
} as const;

function partsOf(checkpoint: Checkpoint, layer: Int32Array, bytes: Float64Array): CheckpointView['parts'] {
  const firstMtp = checkpoint.config.numHiddenLayers;
  const sums = new Map<keyof typeof partLabels, { tensors: number; bytes: number }>();
  checkpoint.tensors.forEach(({ name }, at) => {
    const part = partOf(name, layer[at] as number, firstMtp);
    const sum = sums.get(part) ?? { tensors: 0, bytes: 0 };
    sums.set(part, { tensors: sum.tensors + 1, bytes: sum.bytes + (bytes[at] as number) });
  });
  return Object.entries(partLabels).flatMap(([id, label]) => {
    const sum = sums.get(id as keyof typeof partLabels);
    return sum === undefined ? [] : [{ id, label, ...sum }];
  });
}

function partOf(name: string, layer: number, firstMtp: number): keyof typeof partLabels {
  if (/scale(_inv)?$/.test(name)) return 'scales';
  if (layer < 0) return /embed_tokens|lm_head|^model\.norm/.test(name) ? 'targetEnds' : 'other';
  if (layer < firstMtp) return name.includes('.mlp.experts.') ? 'targetExperts' : 'targetRest';
  if (/embed_tokens|shared_head\.head/.test(name)) return 'mtpCopies';
  return name.includes('.mlp.experts.') ? 'mtpExperts' : 'mtpRest';
}
