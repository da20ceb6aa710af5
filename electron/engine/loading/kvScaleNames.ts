/** Names of key-value cache scales: several exporters' spellings onto the one of the reference. */

interface Spelling {
  readonly pattern: RegExp;
  /** Replacement; $1 is the letter of the scale. */
  readonly plain: string;
  readonly latent: string;
}

const same = (pattern: RegExp, replacement: string): Spelling => ({ pattern, plain: replacement, latent: replacement });

/** Tried in order; the first that fits decides. */
const spellings: readonly Spelling[] = [
  {
    pattern: /\.self_attn\.[kv]_proj\.([kv])_scale$/,
    plain: '.self_attn.attn.$1_scale',
    latent: '.self_attn.mla_attn.mla_attn.$1_scale',
  },
  same(/\.self_attn\.qkv_proj\.([kv])_scale$/, '.self_attn.attn.$1_scale'),
  same(/\.self_attn\.qkqkv_proj\.([kv])_scale$/, '.self_attn.attn.$1_scale'),
  same(/\.mixer\.[kv]_proj\.([kv])_scale$/, '.mixer.attn.$1_scale'),
  same(/\.([qkv])_scale$/, '.attn.$1_scale'),
  same(/\.([qkv])_zero_point$/, '.attn.$1_zero_point'),
];

/**
 * The name under which a cache scale is looked up.
 * @param hasLatentAttention whether any parameter name contains mla_attn
 * @returns the name unchanged when it is no cache scale; null when the parameter does not exist
 */
export function remapKvScaleName(
  name: string,
  hasParameter: (name: string) => boolean,
  hasLatentAttention: boolean,
): string | null {
  if (name.endsWith('.kv_scale')) {
    const remapped = name.replaceAll('.kv_scale', '.attn.k_scale');
    return hasParameter(remapped) ? remapped : null;
  }
  if (!/\.[kvq]_(scale|zero_point)$/.test(name)) return name;
  for (const { pattern, plain, latent } of spellings) {
    if (!pattern.test(name)) continue;
    const remapped = name.replace(pattern, hasLatentAttention ? latent : plain);
    return hasParameter(remapped) ? remapped : null;
  }
  return name;
}
