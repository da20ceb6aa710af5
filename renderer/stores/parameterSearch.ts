import type { Plan } from '../../electron/common/contract.ts';
import { parseQuery } from './nameQuery.ts';

/**
 * Parameters of which the name holds every word of a search; their indices, in the order of the plan. A search that
 * finds none was meant for tensors: everything stays in sight then.
 */
export function parametersFor({ parameters }: Plan, search: string): number[] {
  const { words } = parseQuery(search);
  const every = [...parameters.keys()];
  const found = every.filter((index) => words.every((word) => parameters[index]?.name.toLowerCase().includes(word)));
  return found.length > 0 ? found : every;
}
