/**
 * How often each expert of each MoE layer was chosen in a run: by every row that ran, rejected drafts and rows run again
 * included, as an engine's own load counters see it.
 */
import type { ModelConfig } from '../../common/domain.ts';

export interface RoutingTable {
  /** Checkpoint layer of each row of counts: the target's MoE layers, then those of the MTP layers. */
  readonly layers: number[];
  readonly numTargetLayers: number;
  readonly numExperts: number;
  readonly expertsPerToken: number;
  /** [layers, experts], logical experts; a copy. */
  readonly counts: Uint32Array<ArrayBuffer>;
}

export class RoutingCounts {
  readonly #config: ModelConfig;
  readonly #numExperts: number;
  readonly #target: readonly number[];
  readonly #mtp: readonly number[];
  readonly #counts: Uint32Array;

  constructor(config: ModelConfig, numMtpLayers: number) {
    this.#config = config;
    this.#numExperts = config.nRoutedExperts ?? 0;
    const moeLayers = (from: number, count: number) =>
      Array.from({ length: count }, (_, at) => from + at).filter((layer) => this.#isMoe(layer));
    this.#target = moeLayers(0, config.numHiddenLayers);
    this.#mtp = moeLayers(config.numHiddenLayers, numMtpLayers);
    this.#counts = new Uint32Array((this.#target.length + this.#mtp.length) * this.#numExperts);
  }

  /** @param routed [target's MoE layers, rows, experts per token] */
  addTarget(routed: Int32Array): void {
    const perLayer = routed.length / Math.max(1, this.#target.length);
    for (let at = 0; at < this.#target.length; at++) {
      this.#add(at, routed.subarray(at * perLayer, (at + 1) * perLayer));
    }
  }

  /** @param routed [rows, experts per token] of MTP layer `module` */
  addMtp(module: number, routed: Int32Array): void {
    const at = this.#mtp.indexOf(this.#config.numHiddenLayers + module);
    if (at >= 0) this.#add(this.#target.length + at, routed);
  }

  table(): RoutingTable {
    return {
      layers: [...this.#target, ...this.#mtp],
      numTargetLayers: this.#target.length,
      numExperts: this.#numExperts,
      expertsPerToken: this.#config.numExpertsPerTok,
      counts: this.#counts.slice(),
    };
  }

  #add(row: number, experts: Int32Array): void {
    const base = row * this.#numExperts;
    for (const expert of experts) this.#counts[base + expert] = (this.#counts[base + expert] as number) + 1;
  }

  #isMoe(layer: number): boolean {
    const { firstKDenseReplace, moeLayerFreq } = this.#config;
    return this.#numExperts > 0 && layer >= firstKDenseReplace && layer % moeLayerFreq === 0;
  }
}
