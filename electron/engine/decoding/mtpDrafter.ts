/**
 * The proposer: MTP layers on a native sequence, with a KV cache per layer. A row of an MTP layer is computed once and
 * kept while everything that went into it stands; rows made from a rejected draft are run again.
 *
 * Row i of module j (1-based) pairs the hidden state of position i with the token at i + j and sits at rotary position i.
 *
 * modules           module j drafts position j from module j-1's block output; past the last module that module goes on
 *                   by itself: one row more, fed its own last block output and the last draft.
 * referenceEngine   vLLM v0.16: only the first MTP layer ever runs, for every draft; it carries its own block output;
 *                   the embedding is zeroed at position 0; embedding and head are the target's.
 *
 * Alternatives change what a layer is fed; which rows stand, and the target's judgement, stay the same.
 */
import type { Alternative, Predictor } from '../../common/domain.ts';
import type { NativeMtpPass, NativePassOutput, NativeSequence } from '../kernels/kernels.ts';
import { ShortPasses } from './shortPasses.ts';
import { candidatesOf } from './targetModel.ts';
import type { Candidate, Drafter, Proposal } from './tokenModel.ts';

export interface DrafterOptions {
  /** MTP layers of the model, at least 1. */
  readonly numModules: number;
  readonly predictor: Predictor;
  /** Departures from how the checkpoint was trained. */
  readonly alternatives: readonly Alternative[];
  /** Best candidates per draft. */
  readonly top: number;
  /** Told which experts each row of a pass of an MTP layer went to: [rows, experts per token]; empty for a dense one. */
  readonly onRouted?: (module: number, routed: Int32Array) => void;
}

/** The first pass of a module goes over the whole text. */
const mostRowsHere = 64;

export class MtpDrafter implements Drafter {
  readonly #sequence: NativeSequence;
  readonly #passes = new ShortPasses();
  readonly #options: DrafterOptions;
  /** Per module: how many leading rows are computed and stand. */
  readonly #standing: number[];
  /** Committed length and modules run of the proposal that waits to be settled. */
  #pending: { committed: number; modules: number } | null = null;

  constructor(sequence: NativeSequence, options: DrafterOptions) {
    this.#sequence = sequence;
    this.#options = options;
    this.#standing = new Array<number>(options.numModules).fill(0);
  }

  async propose(committedIds: readonly number[], k: number): Promise<Proposal> {
    const tokens = [...committedIds];
    const committed = tokens.length;
    const { predictor, numModules } = this.#options;
    const modules = predictor === 'modules' ? Math.min(k, numModules) : 1;
    const candidates: (readonly Candidate[])[] = [];
    let micros = 0;
    const take = (output: NativePassOutput) => {
      const best = candidatesOf(output, 0);
      candidates.push(best);
      tokens.push((best[0] as Candidate).id);
      micros += output.micros;
    };
    for (let module = 0; module < modules && candidates.length < k; module++) {
      take(await this.#runModule(module, tokens, committed));
    }
    const last = modules - 1;
    // Rows after committed - 2 hold drafts only; the next proposal overwrites them.
    for (let row = committed - 1; candidates.length < k; row++) {
      const draft = tokens[tokens.length - 1] as number;
      take(await this.#pass({ layer: last, firstRow: row, hiddenLayer: last, hiddenFirstRow: row - 1 }, [draft]));
    }
    this.#pending = { committed, modules };
    return { ids: tokens.slice(committed), candidates, micros };
  }

  settle(accepted: number): void {
    if (this.#pending === null) throw new Error('settle was called without a proposal');
    const { committed, modules } = this.#pending;
    for (let module = 0; module < modules; module++) {
      // Row i used token i + module + 1: it stands when that token was committed or an accepted draft.
      this.#standing[module] = Math.max(0, Math.min(committed - 1, committed + accepted - module - 1));
    }
    this.#pending = null;
  }

  /** Brings one module up to the last row whose hidden state the target has: committed - 2. */
  #runModule(module: number, tokens: readonly number[], committed: number): Promise<NativePassOutput> {
    const firstRow = this.#standing[module] as number;
    const shift = module + 1;
    return this.#pass(
      { layer: module, firstRow, hiddenLayer: module - 1, hiddenFirstRow: firstRow },
      tokens.slice(firstRow + shift, committed - 1 + shift),
    );
  }

  async #pass(
    where: Pick<NativeMtpPass, 'layer' | 'firstRow' | 'hiddenLayer' | 'hiddenFirstRow'>,
    tokens: readonly number[],
  ): Promise<NativePassOutput> {
    const { predictor, alternatives, top, onRouted } = this.#options;
    const asEngine = predictor === 'referenceEngine';
    const isFromTarget = where.hiddenLayer < 0;
    const output = await this.#sequence.mtpPass(
      {
        ...where,
        hiddenLayer: isFromTarget && alternatives.includes('main_prenorm') ? -2 : where.hiddenLayer,
        normedChain: !isFromTarget && alternatives.includes('chain_postnorm'),
        zeroEmbeddingAtPositionZero: asEngine || alternatives.includes('mask_pos0'),
        targetEmbedding: asEngine,
        targetHead: asEngine,
      },
      Int32Array.from(tokens),
      {
        logitRows: 'last',
        top,
        wantRouted: onRouted !== undefined,
        here: this.#passes.here && tokens.length <= mostRowsHere,
      },
    );
    this.#passes.observe(output.micros);
    onRouted?.(where.layer, output.routed);
    return output;
  }
}

/** What the reference engine would say to this many drafts; empty when it would agree. */
export function referenceNotes(predictor: Predictor, k: number, numModules: number): string[] {
  if (predictor !== 'referenceEngine') return [];
  if (k > numModules && k % numModules !== 0) {
    return [
      `vLLM v0.16 itself would refuse ${k} speculative tokens: more than the ${numModules} MTP layers and not a multiple of them.`,
    ];
  }
  if (k > 1) return [`vLLM v0.16 runs only the first of the ${numModules} MTP layers, ${k} times a step.`];
  return [];
}
