/** Modules of MTP layers, and what an ignore list says about them. */
import type { Tensor } from '../../../common/domain.ts';
import { quantizedStem } from '../unmodelledQuantization.ts';
import { namesText, plural } from './finding.ts';
import type { IgnoreList } from './ignoreEntries.ts';
import type { LoadPicture } from './loadPicture.ts';
import { promisedLayers } from './nameCensus.ts';

export interface Module {
  readonly name: string;
  readonly full: boolean;
  readonly dtype: string;
}

const linear =
  /\.(q_proj|q_a_proj|q_b_proj|kv_a_proj_with_mqa|kv_b_proj|o_proj|gate_proj|up_proj|down_proj|wq_b|wk|fc)$/;
const floats: ReadonlySet<string> = new Set(['BF16', 'F16', 'F32']);

/** Linear modules of MTP layers, and of what lies under foreign prefixes. */
export function mtpModules({ plan, census }: LoadPicture): Module[] {
  const { tensors, config } = plan.input;
  const prefixes = promisedLayers(config).map((layer) => `model.layers.${layer}.`);
  const foreign = new Set([...census.foreign.values()].flat());
  const modules = new Map<string, Module>();
  const add = ({ name, dtype, file }: Tensor) => {
    const stem = name.endsWith('.weight') ? name.slice(0, -'.weight'.length) : quantizedStem(name);
    if (stem === null || !linear.test(stem)) return;
    const full = name.endsWith('.weight') && file >= 0 && floats.has(dtype);
    const known = modules.get(stem);
    if (known === undefined || !full) modules.set(stem, { name: stem, full, dtype });
  };
  for (const [index, tensor] of tensors.entries())
    if (foreign.has(index) || prefixes.some((prefix) => tensor.name.startsWith(prefix))) add(tensor);
  return [...modules.values()];
}

/** What an entry of the ignore list matches, and what no entry does. */
export function entryText(list: IgnoreList, entry: string, modules: readonly Module[]): string {
  const matched = modules.filter(({ name }) => list.matches(entry, name));
  const missed = modules.filter(({ name, full }) => full && !list.entries.some((other) => list.matches(other, name)));
  const misses =
    missed.length === 0
      ? ''
      : `, does not match ${namesText(
          missed.map(({ name }) => name),
          2,
        )}`;
  return `${entry}: matches ${plural(matched.length, 'MTP module')}${
    matched.length > 0
      ? ` (${namesText(
          matched.map(({ name }) => name),
          1,
        )})`
      : ''
  }${misses}`;
}
