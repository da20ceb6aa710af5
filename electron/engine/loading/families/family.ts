/** What a model family is to the loader: how it is recognised, where it keeps its MTP layers, what to say about it. */

export interface Family {
  readonly id: string;
  /** How people call it. */
  readonly name: string;
  readonly modelTypes: readonly string[];
  /** Names of its MTP tensors; null = it has none. */
  readonly mtpTensors: RegExp | null;
  /** Found in the names, these decide against the config. */
  readonly hallmarks?: RegExp;
  /** Config keys (also looked for in text_config) that give the number of MTP layers; the first present one counts. */
  readonly depthKeys: readonly string[];
  /** What its drafter is, in one sentence. */
  readonly sentence: string;
}

const usualDepth = ['num_nextn_predict_layers'] as const;

/** A family with its usual depth key. */
export function family(given: Omit<Family, 'depthKeys'> & { readonly depthKeys?: readonly string[] }): Family {
  return { depthKeys: usualDepth, ...given };
}
