import { expertMatches } from '../expertNames.ts';
import { tensorEvidence } from './evidence.ts';
import { type FindingRule, layersText, namesText, plural } from './finding.ts';

const routed = /^model\.layers\.\d+\.mlp\.experts\./;

/**
 * Every expert below n_routed_experts lies on some rank, whatever the placement. A tensor of one beyond that number is
 * in no row of the loader's expert table, on no rank.
 */
export const expertWithoutRank: FindingRule = ({ plan, census, failing, initErrors }) => {
  const { tensors, config, placement } = plan.input;
  if (config.nRoutedExperts === null) return null;
  const end = config.nRoutedExperts + placement.numFusedSharedExperts;
  const names: string[] = [];
  const experts = new Set<number>();
  const indices = new Set<number>();
  for (const index of census.ofPromised) {
    const name = tensors[index]?.name ?? '';
    const expert = routed.test(name) ? expertMatches(name)[0]?.expert : undefined;
    if (expert === undefined || expert < end) continue;
    names.push(name);
    experts.add(expert);
    indices.add(index);
  }
  if (names.length === 0) return null;
  const stops = initErrors.length > 0 || failing.some(({ what }) => indices.has(what));
  const numbers = [...experts].sort((a, b) => a - b).map(String);
  return {
    code: 'expertWithoutRank',
    severity: stops ? 'blocker' : 'warning',
    sentence: `${plural(numbers.length, 'routed expert')}${layersText(names)} ${numbers.length === 1 ? 'belongs' : 'belong'} to no rank, ${namesText(numbers, 6)} (${plural(names.length, 'tensor')}): n_routed_experts ${config.nRoutedExperts} gives ranks ${end === 0 ? 'none' : `the experts 0 to ${end - 1}`}, so ${stops ? 'the loader finds no parameter and raises KeyError on every rank' : 'these tensors are dropped'}.`,
    evidence: tensorEvidence(names),
    hint: 'Correct n_routed_experts, or prune the MTP layer as the other layers were pruned: some tools leave its experts as they were.',
  };
};
