/** What every JSON result says of the engine that it speaks about. */
import type { Plan } from '../common/contract.ts';
import { reference } from '../common/domain.ts';

/** The release that is repeated, and where later ones treat these files in another way. */
export function aboutReference({ verdict }: Plan): { reference: string; newer_versions: readonly string[] } {
  return { reference, newer_versions: verdict.newerVersions };
}
