import { useEffect } from 'react';
import type { Plan } from '../../electron/common/contract.ts';
import type { Stores } from '../stores/createStores.ts';
import { useStoreValue } from '../widgets/useStoreValue.ts';

/** What ranks and a run need, as of the last answer; asked for again whenever a load has changed what is free. */
export function useMemoryNeed(stores: Stores, plan: Plan) {
  const device = useStoreValue(stores.engine, (state) => state.device.active);
  const loaded = useStoreValue(stores.load, ({ status }) =>
    status.kind === 'known' ? `${status.load.run} ${status.load.status}` : status.kind,
  );
  const gone = useStoreValue(stores.engine, (state) => state.engine.status === 'stopped');
  const question = `${plan.checkpointId} ${JSON.stringify(plan.parallel)} ${device} ${loaded}`;
  useEffect(() => {
    if (!gone && question !== '') void stores.memory.ask();
  }, [stores, question, gone]);
  return useStoreValue(stores.memory, (state) => state);
}
