import type { Stores } from '../../stores/createStores.ts';
import { shownParallel } from '../../stores/planStore.ts';
import { Segments } from '../../widgets/Segments.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';

const rankCounts = [1, 2, 4, 8, 16];

/** The set-up questions of this view: how many ranks, are experts spread over them, in which order. */
export function RankPresets({ stores }: { stores: Stores }) {
  const parallel = useStoreValue(stores.plan, shownParallel);
  const { tensorParallelSize, dataParallelSize, enableExpertParallel, expertPlacementStrategy } = parallel;
  const ranks = tensorParallelSize * dataParallelSize;
  const fits = (count: number) => count % dataParallelSize === 0;
  return (
    <div className="toolbar">
      <Segments
        label="ranks"
        options={rankCounts.map((count) => ({ value: String(count), label: String(count), disabled: !fits(count) }))}
        value={String(ranks)}
        onChange={(value) => void stores.plan.change({ tensorParallelSize: Number(value) / dataParallelSize })}
      />
      <Segments
        label="experts are"
        options={[
          { value: 'off', label: 'cut across ranks' },
          { value: 'on', label: 'spread over ranks' },
        ]}
        value={enableExpertParallel ? 'on' : 'off'}
        onChange={(value) => void stores.plan.change({ enableExpertParallel: value === 'on' })}
      />
      <Segments
        label="placement"
        options={[
          { value: 'linear', label: 'linear' },
          { value: 'roundRobin', label: 'round robin' },
        ]}
        value={expertPlacementStrategy}
        onChange={(value) =>
          void stores.plan.change({ expertPlacementStrategy: value === 'roundRobin' ? 'roundRobin' : 'linear' })
        }
      />
    </div>
  );
}
