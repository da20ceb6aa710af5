/**
 * A loading case without files: config, set-up, quantisation and the list of tensors, in the fields of the recorded
 * traces (tests/golden/load).
 */
import { z } from 'zod';
import { singleRank } from './domain.ts';
import { maxDtypeName } from './dtypeName.ts';

const count = z.number().int().nonnegative();

export const tensorCaseSchema = z.object({
  case: z.string().optional(),
  note: z.string().optional(),
  config: z.record(z.string(), z.unknown()),
  parallel: z
    .object({
      tp_size: count.min(1).max(1024).default(1),
      tp_rank: count.default(0),
      dp_size: count.min(1).max(1024).default(1),
      dp_rank: count.default(0),
      enable_expert_parallel: z.boolean().default(false),
      expert_placement_strategy: z.enum(['linear', 'round_robin']).default('linear'),
      all2all_backend: z.string().default(singleRank.all2allBackend),
      enable_eplb: z.boolean().default(false),
      num_redundant_experts: count.max(16_384).default(0),
      aiter_fused_moe: z.boolean().default(false),
      aiter_fused_shared_experts: z.boolean().default(false),
      use_mla: z.boolean().default(true),
    })
    .prefault({}),
  quant: z
    .object({
      method: z.enum(['none', 'fp8_block', 'fp8_tensor']).default('none'),
      weight_block_size: z.tuple([count.min(1), count.min(1)]).nullish(),
      activation_scheme: z.enum(['dynamic', 'static']).default('dynamic'),
      ignored_layers: z.array(z.string()).default([]),
      packed_modules_mapping: z.record(z.string(), z.array(z.string())).default({}),
    })
    .prefault({}),
  tensors: z.array(
    z.object({
      name: z.string(),
      shape: z.array(count),
      dtype: z.string().min(1).max(maxDtypeName),
    }),
  ),
});

export type TensorCase = z.infer<typeof tensorCaseSchema>;
