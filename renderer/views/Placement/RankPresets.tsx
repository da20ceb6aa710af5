import type { Stores } from '../../stores/createStores.ts';
import { shownParallel } from '../../stores/planStore.ts';
import { rankSizes } from '../../stores/rankSizes.ts';
import { Segments } from '../../widgets/Segments.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';

const rankCounts = [1, 2, 4, 8, 16, 32, 64, 320];
const redundantCounts = [0, 8, 16, 32, 64];

/** The set-up questions of this view: how many ranks, are experts spread over them, in which order. */
export function RankPresets({ stores }: { stores: Stores }) {
  const parallel = useStoreValue(stores.plan, shownParallel);
  const { tensorParallelSize, dataParallelSize, enableExpertParallel, expertPlacementStrategy } = parallel;
  const ranks = tensorParallelSize * dataParallelSize;
  const { numRedundantExperts } = parallel;
  const redundant = redundantCounts.includes(numRedundantExperts)
    ? redundantCounts
    : [...redundantCounts, numRedundantExperts].sort((a, b) => a - b);
  return (
    <div className="toolbar">
      <Segments
        label="ranks"
        options={rankCounts.map((count) => ({
          value: String(count),
          label: String(count),
          title: `tp ${rankSizes(count).tensorParallelSize} × dp ${rankSizes(count).dataParallelSize}`,
        }))}
        value={String(ranks)}
        onChange={(value) => void stores.plan.change(rankSizes(Number(value)))}
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
      <label className="field" title="Copies for expert load balancing, which is switched on with them">
        <span className="fieldLabel">redundant experts</span>
        <select
          value={numRedundantExperts}
          onChange={(event) => {
            const count = Number(event.target.value);
            // Copies only exist where experts are spread; taking them away leaves that as it is.
            const spread = count > 0 ? { enableExpertParallel: true } : {};
            void stores.plan.change({ numRedundantExperts: count, enableEplb: count > 0, ...spread });
          }}
        >
          {redundant.map((count) => (
            <option key={count} value={count}>
              {count}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}
