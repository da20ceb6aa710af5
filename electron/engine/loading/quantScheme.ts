/** Which layers of a quantised checkpoint are quantised, decided from their names as the reference does. */
import type { QuantizationConfig } from '../../common/domain.ts';
import { ConstructionError } from './parameterSpec.ts';

/** Fused layer -> the checkpoint's layers. The reference keeps it on the shared quantisation object. */
export type PackedModules = Readonly<Record<string, readonly string[]>>;

export type QuantScheme =
  | { readonly kind: 'none' }
  | { readonly kind: 'fp8Block'; readonly blockRows: number; readonly blockCols: number }
  | { readonly kind: 'fp8Tensor'; readonly staticActivation: boolean };

const unquantized: QuantScheme = { kind: 'none' };

/** The mapping that the target model leaves behind for the drafter. */
export function targetPackedModules(hasQLora: boolean): PackedModules {
  return {
    gate_up_proj: ['gate_proj', 'up_proj'],
    ...(hasQLora ? { fused_qkv_a_proj: ['q_a_proj', 'kv_a_proj_with_mqa'] } : {}),
  };
}

/**
 * @param prefix the layer's name in the reference; it has no mtp_block in it
 * @throws ConstructionError ValueError when the parts of a fused layer disagree
 */
export function schemeOf(quantization: QuantizationConfig, packed: PackedModules, prefix: string): QuantScheme {
  if (isIgnored(quantization.ignoredLayers, packed, prefix)) return unquantized;
  if (quantization.method === 'fp8Block') {
    const [blockRows, blockCols] = quantization.weightBlockSize ?? [128, 128];
    return { kind: 'fp8Block', blockRows, blockCols };
  }
  if (quantization.method === 'fp8Tensor')
    return { kind: 'fp8Tensor', staticActivation: quantization.activationScheme === 'static' };
  return unquantized;
}

function isIgnored(ignored: readonly string[], packed: PackedModules, prefix: string): boolean {
  if (ignored.length === 0) return false;
  const last = prefix.slice(prefix.lastIndexOf('.') + 1);
  const unfused = packed[last];
  if (unfused !== undefined) {
    const found = unfused.map((part) => ignored.includes(prefix.replaceAll(last, part)));
    if (found.some((value) => value !== found[0]))
      throw new ConstructionError(
        'ValueError',
        `Some parts of ${prefix} are on the list of unquantised layers and some are not; they must agree.`,
      );
    return found[0] ?? false;
  }
  if (prefix.includes('experts')) return ignored.some((entry) => entry.includes('experts') && entry.includes(prefix));
  return ignored.includes(prefix);
}
