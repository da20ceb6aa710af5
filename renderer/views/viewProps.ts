import type { Checkpoint, Plan } from '../../electron/common/contract.ts';
import type { Stores } from '../stores/createStores.ts';

/** What every view is given: the open checkpoint and the plan on screen. */
export interface ViewProps {
  readonly stores: Stores;
  readonly checkpoint: Checkpoint;
  readonly plan: Plan;
}
