/** What every JSON result says of the engine that it speaks about. */
import type { Plan } from '../common/contract.ts';
import { reference } from '../common/domain.ts';
import { newerVersions } from '../engine/loading/findings/newerVersions.ts';

/**
 * The release that is repeated, and where later ones treat these files in another way.
 * @param plan absent: no model is looked at, so all differences are named
 */
export function aboutReference(plan?: Plan): { reference: string; newer_versions: readonly string[] } {
  return { reference, newer_versions: plan?.verdict.newerVersions ?? newerVersions };
}
