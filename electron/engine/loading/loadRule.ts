/** What a load rule is, and the state that a tensor carries through the ordered table. */
import type { Box, Copy, Outcome, RaisedError, RankPlacement, SlotId } from '../../common/domain.ts';
import type { ParameterTable } from './parameterSpec.ts';
import type { LoaderResult } from './weightLoaders.ts';

/** How a tensor can end: the words of the recorded traces. Failures end as error:<exception type>. */
export const endings = {
  'skip:rotary_inv_freq': {
    outcome: 'skipped',
    explain: 'Rotary frequency tables are computed by the engine, so the stored ones are ignored.',
  },
  'skip:not_an_mtp_layer': {
    outcome: 'skipped',
    explain: 'The name does not begin with the number of an MTP layer, so the drafter ignores it.',
  },
  'skip:spec_layer': {
    outcome: 'skipped',
    explain: 'The name begins with the number of an MTP layer, which the main model leaves to the drafter.',
  },
  stacked: {
    outcome: 'loaded',
    explain: 'The tensor is one part of a fused parameter and goes into its slot there.',
  },
  expert: {
    outcome: 'loaded',
    explain: "The tensor belongs to one expert and goes into that expert's row of the stacked expert weights.",
  },
  'skip:expert_not_on_this_rank': {
    outcome: 'skipped',
    explain: 'The tensor belongs to an expert that another rank holds.',
  },
  'skip:bias_not_in_params': {
    outcome: 'skipped',
    explain: 'The model has no such bias; names that end in .bias are dropped without an error.',
  },
  'skip:kv_scale_without_param': {
    outcome: 'skipped',
    explain: 'The tensor is a key-value cache scale, but this attention class has no parameter for it.',
  },
  'skip:shared_weight_not_first_mtp_layer': {
    outcome: 'skipped',
    explain: 'All MTP layers share one embedding, and only the copy of the first MTP layer is taken.',
  },
  'skip:goes_with_packed_weight': {
    outcome: 'skipped',
    explain: 'The quantisation method is not modelled here; the tensor goes with a packed weight of the same layer.',
  },
  'skip:another_family': {
    outcome: 'skipped',
    explain: 'The checkpoint is of another model family, whose tensors these rules do not map.',
  },
  direct: {
    outcome: 'loaded',
    explain: 'A parameter of exactly this name exists and takes the tensor.',
  },
} as const satisfies Record<string, { readonly outcome: Outcome; readonly explain: string }>;

export type Ending = keyof typeof endings;

/** undefined: nothing is added to the set of loaded names; null: the value None is. */
export type Reported = string | null | undefined;

export type Verdict =
  | { readonly kind: 'continue'; readonly name: string }
  | {
      readonly kind: 'load';
      readonly ending: 'stacked' | 'expert' | 'direct';
      readonly parameter: number;
      readonly slot: SlotId;
      /** logical expert */
      readonly expert: number | null;
      readonly reported: Reported;
    }
  | { readonly kind: 'skip'; readonly ending: Ending; readonly reported: Reported; readonly expert?: number }
  | { readonly kind: 'fail'; readonly error: RaisedError };

/** One call of a weight loader. */
export interface LoaderCall {
  readonly parameter: number;
  readonly weightShape: readonly number[];
  readonly shard: SlotId;
  /** Id handed to the expert loader (physical); null for other loaders. */
  readonly expertId: number | null;
  /** false: the expert is elsewhere. */
  readonly success: boolean;
  /** The piece of the tensor that was handed over, where it was cut before. */
  readonly chunk: Box | null;
  readonly copies: readonly Copy[];
  readonly error: RaisedError | null;
}

/** Listens to what happens to one tensor. */
export interface RuleListener {
  /** A tag of the recorded traces. */
  tag(tag: string): void;
  /** Plain English: what the rule looked for and what it did. */
  step(rule: string, did: string): void;
  call(call: LoaderCall): void;
}

/** The plan sets the first three anew for each tensor; rules only read them. */
export interface TensorState {
  original: string;
  shape: readonly number[];
  dtype: string;
  /** false: only the name is known, and its shape is assumed to be the one that is wanted. */
  shapeKnown: boolean;
  /** Changed by rules as the reference changes its loop variable. */
  name: string;
  /** Checkpoint number of the MTP layer; -1 before it is known. */
  specLayer: number;
  /** The name after renaming; null before. */
  rewritten: string | null;
  readonly listener: RuleListener | null;
}

export interface RuleContext {
  readonly table: ParameterTable;
  readonly hasParameter: (name: string) => boolean;
  readonly hasLatentAttention: boolean;
  readonly firstSpecLayer: number;
  readonly numSpecLayers: number;
  readonly placement: RankPlacement;
  /** Shared experts are loaded as further routed experts. */
  readonly fuseSharedExperts: boolean;
  readonly numSharedExperts: number;
  /** logical expert -> physical ids that the expert table of the loader lists, ascending; undefined = none. */
  readonly physicalIdsOf: (expert: number) => readonly number[] | undefined;
  /** Told of every write, in order. */
  readonly wrote: (parameter: number, expertRow: number, result: LoaderResult) => void;
  /** Results of expert loads by parameter and part: all rows of a parameter behave alike. */
  readonly expertResults: Map<number, { readonly shape: readonly number[]; readonly result: LoaderResult }>;
}

/** One rule. Its order in the table matters; `null` = not mine, ask the next. */
export interface LoadRule {
  readonly id: string;
  /** One sentence for people. */
  readonly explain: string;
  /** Where the reference loader does this, in words. */
  readonly source: string;
  /** How tensors can end here, apart from failing. */
  readonly endings: readonly Ending[];
  /** What it does follows from the name and the numbers of the MTP layers: it is the same on every rank of any set-up. */
  readonly byName?: true;
  apply(state: TensorState, context: RuleContext): Verdict | null;
}

export type FinalVerdict = Exclude<Verdict, { kind: 'continue' }>;

export function keyError(name: string): FinalVerdict {
  return {
    kind: 'fail',
    error: { type: 'KeyError', message: `The model has no parameter named ${name}, so the lookup fails.` },
  };
}

/** Runs a tensor through the table. Every table ends with a rule that always decides. */
export function runRules(rules: readonly LoadRule[], state: TensorState, context: RuleContext): FinalVerdict {
  for (const rule of rules) {
    const verdict = rule.apply(state, context);
    if (verdict === null) continue;
    if (verdict.kind !== 'continue') return verdict;
    state.name = verdict.name;
  }
  return keyError(state.name);
}
