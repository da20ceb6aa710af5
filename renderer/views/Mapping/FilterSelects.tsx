import type { Plan } from '../../../electron/common/contract.ts';
import type { Stores } from '../../stores/createStores.ts';
import type { TensorFilter } from '../../stores/tensorFilter.ts';

interface Option {
  readonly value: number;
  readonly label: string;
}

function FilterSelect(props: {
  label: string;
  value: number | null;
  options: readonly Option[];
  onChange: (value: number | null) => void;
}) {
  return (
    <label className="field">
      <span className="fieldLabel">{props.label}</span>
      <select
        className={props.value === null ? undefined : 'isSet'}
        value={props.value === null ? '' : String(props.value)}
        onChange={(event) => props.onChange(event.target.value === '' ? null : Number(event.target.value))}
      >
        <option value="">any</option>
        {props.options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </label>
  );
}

export function FilterSelects(props: { stores: Stores; plan: Plan; layers: readonly number[]; filter: TensorFilter }) {
  const { stores, plan, layers, filter } = props;
  return (
    <>
      <FilterSelect
        label="outcome"
        value={filter.outcome}
        options={['loaded', 'skipped', 'would fail'].map((label, value) => ({ value, label }))}
        onChange={(outcome) => stores.mapping.narrow({ outcome })}
      />
      <FilterSelect
        label="rule"
        value={filter.rule}
        options={plan.rules.map((rule, value) => ({ value, label: rule.id }))}
        onChange={(rule) => stores.mapping.narrow({ rule })}
      />
      <FilterSelect
        label="layer"
        value={filter.layer}
        options={layers.map((layer) => ({ value: layer, label: layer < 0 ? 'none' : String(layer) }))}
        onChange={(layer) => stores.mapping.narrow({ layer })}
      />
    </>
  );
}
