/** Memory of one running text beside the weights; see native/model/sequence.cpp and pass_scratch.cpp. */
import type { NativeModelConfig } from '../kernels/kernels.ts';

export interface SequenceBytes {
  /** Latent KV caches of all layers and the table of rotary angles. */
  readonly cache: number;
  /** Hidden rows that the MTP layers are fed, activations of one pass, logits. */
  readonly activations: number;
}

const floatBytes = 4;
/** Longer passes are cut into pieces of so many rows; so are rows of logits. */
const passRows = 256;
const logitRows = 64;

/** @param rows tokens that the sequence has room for */
export function sequenceBytes(config: NativeModelConfig, rows: number): SequenceBytes {
  const { hidden, layers, mtpLayers, kvLora, ropeDim, vocab } = config;
  const cacheColumns = (layers + mtpLayers) * (kvLora + ropeDim) + ropeDim;
  const hiddenColumns = (2 + mtpLayers) * hidden;
  const pass = Math.min(rows, passRows) * passColumns(config) + Math.min(rows, logitRows) * vocab;
  return { cache: rows * cacheColumns * floatBytes, activations: (rows * hiddenColumns + pass) * floatBytes };
}

/** Floats per row of a pass. */
function passColumns(config: NativeModelConfig): number {
  const { hidden, heads, qLora, kvLora, nopeDim, ropeDim, valueDim, experts, topK } = config;
  const inner = Math.max(config.intermediate, config.moeIntermediate * config.sharedExperts);
  const moeLayers = Math.max(1, config.layers + config.mtpLayers - config.firstDense);
  const attention = qLora + kvLora + qLora + heads * (nopeDim + ropeDim + valueDim);
  return 5 * hidden + attention + 3 * inner + 2 * experts + (1 + moeLayers) * topK;
}
