export interface ChipOption {
  readonly value: string;
  readonly label: string;
}

/** A set-up value that is changed in place. */
export function ChipSelect(props: {
  label: string;
  hint: string;
  value: string;
  options: readonly ChipOption[];
  onChange: (value: string) => void;
  disabled?: boolean;
}) {
  const shown = props.options.find((option) => option.value === props.value)?.label ?? props.value;
  return (
    <label className="chip chipSelect" title={props.hint}>
      <span className="chipLabel">{props.label}</span>
      <span className="chipValue mono" aria-hidden="true">
        {shown}
      </span>
      <select
        aria-label={props.hint}
        value={props.value}
        disabled={props.disabled}
        onChange={(event) => props.onChange(event.target.value)}
      >
        {props.options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </label>
  );
}

export function ChipToggle(props: {
  label: string;
  hint: string;
  on: boolean;
  onChange: (on: boolean) => void;
  disabled?: boolean;
}) {
  return (
    <button
      type="button"
      className="chip"
      title={props.hint}
      aria-pressed={props.on}
      disabled={props.disabled}
      onClick={() => props.onChange(!props.on)}
    >
      <span className="chipLabel">{props.label}</span>
      <span className="chipValue mono">{props.on ? 'on' : 'off'}</span>
      <span className="visuallyHidden">{props.hint}</span>
    </button>
  );
}
