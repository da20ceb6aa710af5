/** The families that are recognised, and which of them goes through the drafter's rule table. */
import type { ModelConfig, Tensor } from '../../../common/domain.ts';
import { bailing } from './bailing.ts';
import { deepseekV4 } from './deepseekV4.ts';
import { deepseekV4Dspark } from './deepseekV4Dspark.ts';
import { ernie45 } from './ernie45.ts';
import { exaone } from './exaone.ts';
import type { Family } from './family.ts';
import { family } from './family.ts';
import { glm4Moe } from './glm4Moe.ts';
import { kimiK2 } from './kimiK2.ts';
import { longcat } from './longcat.ts';
import { mimo } from './mimo.ts';
import { mimoV2 } from './mimoV2.ts';
import { nemotronH } from './nemotronH.ts';
import { qwen3Next } from './qwen3Next.ts';
import { step35 } from './step35.ts';

/**
 * The reference builds class DeepSeekMTP for the last four: V3, R1, V3.1, V3.2, GLM-5. deepseek_v2 has the same target
 * and no MTP layers.
 */
const mappedModelTypes: readonly string[] = [
  'deepseek_v2',
  'deepseek_v3',
  'deepseek_v32',
  'deepseek_mtp',
  'glm_moe_dsa',
];

/** Those whose hallmarks are narrower come first. */
export const otherFamilies: readonly Family[] = [
  deepseekV4Dspark,
  deepseekV4,
  glm4Moe,
  mimo,
  mimoV2,
  qwen3Next,
  exaone,
  longcat,
  step35,
  ernie45,
  bailing,
  nemotronH,
  kimiK2,
];

/** Another family, as found in a checkpoint. */
export interface OtherFamily {
  readonly id: string;
  /** How people call it. */
  readonly name: string;
  /** One sentence for people: what it is and why nothing is mapped. */
  readonly sentence: string;
  /** MTP layers that the config promises. */
  readonly promised: number;
  /** Tensors of its MTP layers. */
  readonly mtpTensors: number;
}

/**
 * @param tensors all of the checkpoint; only their names are looked at
 * @returns null when the checkpoint goes through the drafter's rule table
 */
export function otherFamilyOf(config: ModelConfig, tensors: readonly Tensor[]): OtherFamily | null {
  const { modelType } = config;
  // A config of the mapped families is believed: foreign names in its files are a finding, not another family.
  if (mappedModelTypes.includes(modelType)) return null;
  const byType = otherFamilies.find(({ modelTypes }) => modelTypes.includes(modelType));
  const byName = otherFamilies.filter(({ hallmarks }) => tensors.some(({ name }) => hallmarks?.test(name)));
  const found = byName[0] ?? byType ?? unknownFamily(modelType);
  const others = [...byName, ...(byType === undefined ? [] : [byType])].filter((other) => !areOne(other, found));
  return described(found, config, tensors, [
    ...others.map(({ name }) => `${name} too, by ${byName.length > 1 ? 'other names' : `model_type "${modelType}"`}`),
    ...(found.id === 'unknown' && hasOwnHallmarks(tensors)
      ? [
          'its MTP layers are named like those of DeepSeek-V3, but the reference goes by model_type, which would have to be deepseek_v3',
        ]
      : []),
  ]);
}

/** V4.1 is told from V4 by its names alone, whatever model_type says. */
function areOne(a: Family, b: Family): boolean {
  return a === b || [a, b].every((one) => one === deepseekV4 || one === deepseekV4Dspark);
}

function hasOwnHallmarks(tensors: readonly Tensor[]): boolean {
  return tensors.some(({ name }) => /^model\.layers\.\d+\.(?:eh_proj|enorm|hnorm)\.weight$/.test(name));
}

function unknownFamily(modelType: string): Family {
  return family({
    id: 'unknown',
    name: modelType === '' ? 'a model without model_type' : `model_type "${modelType.slice(0, 60)}"`,
    modelTypes: [],
    mtpTensors: /(?:^|\.)(?:mtp|mtp_layers|mtp_block|eh_proj|nextn)\b/,
    depthKeys: ['num_nextn_predict_layers', 'mtp_num_hidden_layers', 'num_mtp_modules'],
    sentence: 'it is none of the families that Draftscope knows',
  });
}

/** @param doubts what speaks for something else, each without a full stop */
function described(
  found: Family,
  config: ModelConfig,
  tensors: readonly Tensor[],
  doubts: readonly string[],
): OtherFamily {
  const mtpTensors = found.mtpTensors === null ? 0 : tensors.filter(({ name }) => found.mtpTensors?.test(name)).length;
  const more = doubts.map((doubt) => `; ${doubt}`).join('');
  const sentence = `another family: ${found.name}; ${found.sentence}, so the rules of DeepSeekMTP are not applied${more}.`;
  return { id: found.id, name: found.name, sentence, promised: depthOf(found, config), mtpTensors };
}

function depthOf({ depthKeys }: Family, { raw }: ModelConfig): number {
  const inner = raw.text_config;
  const places = [raw, typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>) : {}];
  for (const key of depthKeys)
    for (const place of places) {
      const value = place[key];
      if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
    }
  return 0;
}
