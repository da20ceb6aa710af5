import { useEffect, useState } from 'react';
import type { Stores } from '../../stores/createStores.ts';
import { isLoading } from '../../stores/loadStore.ts';
import { useStoreValue } from '../../widgets/useStoreValue.ts';
import { LoadLine } from './BeforeRun.tsx';

/** Until the first token: the weights are read, then the prompt goes through the model in one pass. */
export function Starting({ stores }: { stores: Stores }) {
  const loading = useStoreValue(stores.load, isLoading);
  const seconds = useSeconds();
  return (
    <section className="beforeRun" aria-label="Starting" data-testid="starting">
      <h2>{loading ? 'Reading the weights' : 'The prompt goes through the model'}</h2>
      {loading ? (
        <LoadLine stores={stores} />
      ) : (
        <p className="muted mono">{`one pass over the prompt, ${seconds} s so far`}</p>
      )}
    </section>
  );
}

/** Whole seconds since it was first drawn. */
function useSeconds(): number {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setSeconds((before) => before + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  return seconds;
}
