import { useEffect } from 'react';
import { formatCount, formatCountOf } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';
import { useStoreValue } from '../../widgets/useStoreValue.ts';

/** What the last load counted in the tensor's parameter; nothing where it counted nothing. */
export function CountedValues({ stores, tensor }: { stores: Stores; tensor: number }) {
  const counted = useStoreValue(stores.counted, (state) => state);
  const load = useStoreValue(stores.load, ({ status }) =>
    status.kind === 'known' && status.load.status === 'done' ? status.load.run : -1,
  );
  useEffect(() => {
    if (load >= 0) void stores.counted.ask(tensor);
  }, [stores, tensor, load]);
  const { statistics } = counted;
  if (load < 0 || counted.tensor !== tensor || statistics === null) return null;
  const { name, count, nanCount, infCount, min, max, mean, meanSquare } = statistics;
  const deviation = Math.sqrt(Math.max(0, meanSquare - mean * mean));
  return (
    <>
      <h3>Counted while loading</h3>
      <dl className="facts" data-testid="counted-values" title={`All of ${name}, as it is stored`}>
        <div>
          <dt>values</dt>
          <dd className="mono">{`${formatCount(count)}, ${formatCount(nanCount)} NaN, ${formatCountOf(infCount, 'Inf', 'Inf')}`}</dd>
        </div>
        <div>
          <dt>range</dt>
          <dd className="mono">{`${min.toPrecision(4)} to ${max.toPrecision(4)}`}</dd>
        </div>
        <div>
          <dt>mean, deviation</dt>
          <dd className="mono">{`${mean.toPrecision(4)}, ${deviation.toPrecision(4)}`}</dd>
        </div>
      </dl>
    </>
  );
}
