import { useState } from 'react';

/** The field may be empty while it is typed in; the last valid number counts, and is shown again afterwards. */
export function NumberField(props: {
  label: string;
  title?: string;
  value: number | null;
  placeholder?: string;
  min: number;
  max: number;
  step?: number;
  /** Called with null when the field is emptied, where that has a meaning. */
  onChange: (value: number | null) => void;
  mayBeEmpty?: boolean;
}) {
  const { value, min, max, step = 1, mayBeEmpty = false } = props;
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <label className="field" title={props.title}>
      <span className="fieldLabel">{props.label}</span>
      <input
        type="number"
        min={min}
        max={max}
        step={step}
        placeholder={props.placeholder}
        value={typed ?? value ?? ''}
        onChange={({ target }) => {
          setTyped(target.value);
          const wanted = step >= 1 ? Math.trunc(target.valueAsNumber) : target.valueAsNumber;
          if (wanted >= min && wanted <= max) props.onChange(wanted);
          else if (mayBeEmpty && target.value === '') props.onChange(null);
        }}
        onBlur={() => setTyped(null)}
      />
    </label>
  );
}
