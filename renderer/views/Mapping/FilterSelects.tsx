import { useMemo } from 'react';
import type { Checkpoint, Plan } from '../../../electron/common/contract.ts';
import { formatCount } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';
import { shownParallel } from '../../stores/planStore.ts';
import { dtypesOf, layersOf } from '../../stores/tensorFilter.ts';
import { useStoreValue } from '../../widgets/useStoreValue.ts';

interface Option<V> {
  readonly value: V;
  readonly label: string;
}

/** `isSet` draws the eye to a choice that hides rows. */
function FilterSelect<V extends number | string>(props: {
  label: string;
  hint: string;
  value: V | null;
  /** What stands for "any"; null = there is always a choice. */
  any: string | null;
  options: readonly Option<V>[];
  onChange: (value: V | null) => void;
}) {
  const { value, options } = props;
  return (
    <label className="field" title={props.hint}>
      <span className="fieldLabel">{props.label}</span>
      <select
        className={value === null || props.any === null ? undefined : 'isSet'}
        value={options.findIndex((option) => option.value === value)}
        disabled={options.length < 2 && props.any === null}
        onChange={(event) => props.onChange(options[Number(event.target.value)]?.value ?? null)}
      >
        {props.any !== null && <option value={-1}>{props.any}</option>}
        {options.map((option, at) => (
          <option key={option.value} value={at}>
            {option.label}
          </option>
        ))}
      </select>
    </label>
  );
}

const outcomeWords = ['loaded', 'skipped', 'would fail'];

/** One choice per column that has few values, and the rank whose plan is shown. */
export function FilterSelects({ stores, checkpoint, plan }: { stores: Stores; checkpoint: Checkpoint; plan: Plan }) {
  const filter = useStoreValue(stores.mapping, (state) => state.filter);
  const parallel = useStoreValue(stores.plan, shownParallel);
  const layers = useMemo(() => layersOf(checkpoint.tensors), [checkpoint]);
  const dtypes = useMemo(() => dtypesOf(checkpoint.tensors), [checkpoint]);
  const ranks = parallel.tensorParallelSize * parallel.dataParallelSize;
  return (
    <>
      <FilterSelect
        label="outcome"
        hint="What the loader does with the tensor on this rank"
        any="any"
        value={filter.outcome}
        options={outcomeWords.map((label, value) => ({ value, label }))}
        onChange={(outcome) => stores.mapping.narrow({ outcome })}
      />
      <FilterSelect
        label="rule"
        hint="The rule that decides, in the order in which rules are tried, with the tensors that each took"
        any="any"
        value={filter.rule}
        options={plan.rules.map(({ id, tensors }, value) => ({
          value,
          label: `${value + 1} ${id} (${formatCount(tensors)})`,
        }))}
        onChange={(rule) => stores.mapping.narrow({ rule })}
      />
      <FilterSelect
        label="rank"
        hint="The rank whose loader is looked at; the whole window follows"
        any={null}
        value={parallel.rank}
        options={Array.from({ length: ranks }, (_, value) => ({ value, label: String(value) }))}
        onChange={(rank) => void stores.plan.change({ rank: rank ?? 0 })}
      />
      <FilterSelect
        label="layer"
        hint="Layer number in the name"
        any="any"
        value={filter.layer}
        options={layers.map((layer) => ({ value: layer, label: layer < 0 ? 'none' : String(layer) }))}
        onChange={(layer) => stores.mapping.narrow({ layer })}
      />
      <FilterSelect
        label="dtype"
        hint="Element type in the file"
        any="any"
        value={filter.dtype}
        options={dtypes.map((dtype) => ({ value: dtype, label: dtype }))}
        onChange={(dtype) => stores.mapping.narrow({ dtype })}
      />
      <FilterSelect
        label="file"
        hint="The file that holds the tensor"
        any="any"
        value={filter.file}
        options={checkpoint.files.map(({ name, tensors }, value) => ({
          value,
          label: `${name} (${formatCount(tensors)})`,
        }))}
        onChange={(file) => stores.mapping.narrow({ file })}
      />
    </>
  );
}
