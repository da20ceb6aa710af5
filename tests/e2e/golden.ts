/** The recorded run of the demo checkpoint, as far as the window shows it. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { inRoot } from '../../scripts/project.mjs';

const runSchema = z.object({
  num_steps: z.number(),
  drafted: z.number(),
  accepted: z.number(),
  accepted_at_least: z.array(z.number()),
});

const goldenSchema = z.object({
  num_new_tokens: z.number(),
  items: z.array(
    z.object({ prompt: z.string(), greedy_ids: z.array(z.number()), speculative: z.record(z.string(), runSchema) }),
  ),
});

export interface GoldenRun {
  readonly prompt: string;
  readonly maxTokens: number;
  readonly outputIds: readonly number[];
  readonly counters: z.infer<typeof runSchema>;
}

/** @param numSpeculativeTokens one of the recorded draft counts: 1, 2, 3 or 5 */
export function firstGoldenRun(numSpeculativeTokens: number): GoldenRun {
  const golden = goldenSchema.parse(JSON.parse(readFileSync(inRoot('assets', 'demo-model', 'golden.json'), 'utf8')));
  const item = golden.items[0];
  const counters = item?.speculative[String(numSpeculativeTokens)];
  if (!item || !counters) throw new Error(`golden.json has no run with k = ${numSpeculativeTokens}`);
  return { prompt: item.prompt, maxTokens: golden.num_new_tokens, outputIds: item.greedy_ids, counters };
}
