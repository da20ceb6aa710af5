import type { Stores } from '../../stores/createStores.ts';
import { shownParallel } from '../../stores/planStore.ts';
import { ChipSelect, ChipToggle } from '../../widgets/Chip.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';

const sizes = [1, 2, 4, 8, 16, 32, 64];

function numbers(values: readonly number[], present: number) {
  const all = values.includes(present) ? values : [...values, present].sort((a, b) => a - b);
  return all.map((value) => ({ value: String(value), label: String(value) }));
}

/** The parallel set-up whose plan is shown; a change asks for a new plan at once. */
export function ParallelChips({ stores }: { stores: Stores }) {
  const parallel = useStoreValue(stores.plan, shownParallel);
  const engineGone = useStoreValue(stores.engine, (state) => state.engine.status === 'stopped');
  const { tensorParallelSize, dataParallelSize, enableExpertParallel, rank, expertPlacementStrategy } = parallel;
  const ranks = Array.from({ length: tensorParallelSize * dataParallelSize }, (_, index) => index);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring its own box
    <div className="chips" role="group" aria-label="Parallel set-up">
      <ChipSelect
        label="tp"
        hint="Tensor-parallel size"
        value={String(tensorParallelSize)}
        options={numbers(sizes, tensorParallelSize)}
        disabled={engineGone}
        onChange={(value) => void stores.plan.change({ tensorParallelSize: Number(value) })}
      />
      <ChipSelect
        label="dp"
        hint="Data-parallel size"
        value={String(dataParallelSize)}
        options={numbers(sizes, dataParallelSize)}
        disabled={engineGone}
        onChange={(value) => void stores.plan.change({ dataParallelSize: Number(value) })}
      />
      <ChipToggle
        label="ep"
        hint="Expert parallelism"
        on={enableExpertParallel}
        disabled={engineGone}
        onChange={(on) => void stores.plan.change({ enableExpertParallel: on })}
      />
      <ChipSelect
        label="rank"
        hint="Rank that is looked at (data-parallel rank × tp + tensor-parallel rank)"
        value={String(rank)}
        options={numbers(ranks, rank)}
        disabled={engineGone || ranks.length === 1}
        onChange={(value) => void stores.plan.change({ rank: Number(value) })}
      />
      <ChipSelect
        label="experts"
        hint="Expert placement strategy"
        value={expertPlacementStrategy}
        options={[
          { value: 'linear', label: 'linear' },
          { value: 'roundRobin', label: 'round robin' },
        ]}
        disabled={engineGone}
        onChange={(value) =>
          void stores.plan.change({ expertPlacementStrategy: value === 'roundRobin' ? 'roundRobin' : 'linear' })
        }
      />
    </div>
  );
}
