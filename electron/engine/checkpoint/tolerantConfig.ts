/** config.json with faults: what can be used is kept, and what the reference would raise over each fault is told. */
import type { ModelConfig, RaisedError } from '../../common/domain.ts';
import { ConfigKeyError, configFromJson } from './modelConfig.ts';

type Json = Readonly<Record<string, unknown>>;

/** Keys without which the reader cannot go on take a 0 in their place; nothing is built from such a config. */
const neverAbsent: ReadonlySet<string> = new Set([
  'hidden_size',
  'num_hidden_layers',
  'num_nextn_predict_layers',
  'num_attention_heads',
  'intermediate_size',
  'moe_intermediate_size',
  'n_routed_experts',
  'num_experts_per_tok',
  'vocab_size',
]);

/** A config whose faulty keys are replaced, with `faults` naming each; the model cannot be built while there is one. */
export function tolerantConfig(raw: Json): ModelConfig {
  const faults: RaisedError[] = [];
  const replaced = new Set<string>();
  let usable = raw;
  for (;;) {
    try {
      return { ...configFromJson(usable), raw, faults };
    } catch (error) {
      if (!(error instanceof ConfigKeyError)) throw error;
      // quantization_config.weight_block_size and the like: the whole object is set aside.
      const key = error.key.split('.')[0] ?? '';
      if (replaced.has(key)) throw error;
      replaced.add(key);
      const missing = raw[key] === undefined;
      faults.push({ type: missing ? 'AttributeError' : 'TypeError', message: error.failure.message });
      const { [key]: _faulty, dtype, ...others } = usable;
      const kept = key === 'torch_dtype' || dtype === undefined ? others : { ...others, dtype };
      usable = neverAbsent.has(key) ? { ...kept, [key]: 0 } : kept;
    }
  }
}
