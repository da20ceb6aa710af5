/** What the rules know about the model and the rank. */
import type { PlanInput } from './loadPlan.ts';
import type { RuleContext } from './loadRule.ts';
import type { ParameterTable } from './parameterSpec.ts';

export function makeContext(input: PlanInput, table: ParameterTable, wrote: RuleContext['wrote']): RuleContext {
  const { config, placement, kind, parallel } = input;
  const { numLogicalExperts, physicalToLogical } = placement.experts;
  const physicalIds: number[][] = Array.from(
    { length: numLogicalExperts + placement.numFusedSharedExperts },
    (_, expert) => [expert],
  );
  // The main model's loader lists redundant copies too; the drafter's leaves them out.
  if (kind === 'target' && placement.numFusedSharedExperts === 0)
    for (const [physical, logical] of physicalToLogical.entries())
      if (physical >= numLogicalExperts) physicalIds[logical]?.push(physical);
  return {
    table,
    hasParameter: (name) => table.indexOf.has(name),
    hasLatentAttention: table.parameters.some(({ name }) => name.includes('mla_attn')),
    firstSpecLayer: config.numHiddenLayers,
    numSpecLayers: config.numNextnPredictLayers ?? 0,
    placement,
    fuseSharedExperts: parallel.aiterFusedMoe && parallel.aiterFusedSharedExperts,
    numSharedExperts: config.nSharedExperts ?? 0,
    physicalIdsOf: (expert) => physicalIds[expert],
    wrote,
    expertResults: new Map(),
  };
}
