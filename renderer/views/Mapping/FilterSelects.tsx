import { useMemo } from 'react';
import type { Checkpoint, Plan } from '../../../electron/common/contract.ts';
import { formatCount, formatCountOf } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';
import { fileRunOf, fileRunText } from '../../stores/filterWords.ts';
import { shownParallel } from '../../stores/planStore.ts';
import { dtypesOf, type FileRun, layersOf } from '../../stores/tensorFilter.ts';
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
  const { filter, mode } = useStoreValue(stores.mapping, (state) => state);
  const { narrow } = stores.mapping;
  const layers = useMemo(() => layersOf(checkpoint.tensors).map(layerOption), [checkpoint]);
  const dtypes = useMemo(() => dtypesOf(checkpoint.tensors).map((value) => ({ value, label: value })), [checkpoint]);
  const rank = <RankSelect stores={stores} />;
  // The other choices are about tensors.
  if (mode === 'parameters') return rank;
  return (
    <>
      <FilterSelect
        label="outcome"
        hint="What the loader does with the tensor on this rank"
        any="any"
        value={filter.outcome}
        options={outcomeWords.map((label, value) => ({ value, label }))}
        onChange={(outcome) => narrow({ outcome })}
      />
      <FilterSelect
        label="rule"
        hint="The rule that decides, in the order in which rules are tried, with the tensors that each took"
        any="any"
        value={filter.rule}
        options={plan.rules.map(ruleOption)}
        onChange={(rule) => narrow({ rule })}
      />
      {rank}
      <FilterSelect
        label="layer"
        hint="Layer number in the name"
        any="any"
        value={filter.layer}
        options={layers}
        onChange={(layer) => narrow({ layer })}
      />
      <FilterSelect
        label="dtype"
        hint="Element type in the file"
        any="any"
        value={filter.dtype}
        options={dtypes}
        onChange={(dtype) => narrow({ dtype })}
      />
      <FilterSelect
        label="file"
        hint="The file that holds the tensor"
        any="any"
        value={filter.files === null ? null : fileRunText(filter.files)}
        options={fileOptions(checkpoint, filter.files)}
        onChange={(text) => narrow({ files: text === null ? null : fileRunOf(text) })}
      />
    </>
  );
}

function RankSelect({ stores }: { stores: Stores }) {
  const { rank, tensorParallelSize, dataParallelSize } = useStoreValue(stores.plan, shownParallel);
  return (
    <FilterSelect
      label="rank"
      hint="The rank whose loader is looked at; the whole window follows"
      any={null}
      value={rank}
      options={Array.from({ length: tensorParallelSize * dataParallelSize }, (_, value) => ({
        value,
        label: String(value),
      }))}
      onChange={(chosen) => void stores.plan.change({ rank: chosen ?? 0 })}
    />
  );
}

function layerOption(value: number): Option<number> {
  return { value, label: value < 0 ? 'none' : String(value) };
}

function ruleOption({ id, tensors }: Plan['rules'][number], value: number): Option<number> {
  return { value, label: `${value + 1} ${id} (${formatCount(tensors)})` };
}

/** Every file, and the run of several that a band of the flow stands for. */
function fileOptions({ files }: Checkpoint, chosen: FileRun | null): Option<string>[] {
  const single = files.map(({ name, tensors }, at) => ({
    value: fileRunText({ first: at, last: at }),
    label: `${name} (${formatCount(tensors)})`,
  }));
  if (chosen === null || chosen.first === chosen.last) return single;
  const several = formatCountOf(chosen.last - chosen.first + 1, 'file');
  return [{ value: fileRunText(chosen), label: `${several} from ${files[chosen.first]?.name ?? 'none'}` }, ...single];
}
