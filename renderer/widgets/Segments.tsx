export interface Segment<V extends string> {
  readonly value: V;
  readonly label: string;
  readonly title?: string;
  readonly disabled?: boolean;
}

/** One choice of a few, all in sight. */
export function Segments<V extends string>(props: {
  label: string;
  /** The label is for screen readers only. */
  labelHidden?: boolean;
  options: readonly Segment<V>[];
  value: V;
  onChange: (value: V) => void;
}) {
  return (
    <fieldset className="segments">
      <legend className="visuallyHidden">{props.label}</legend>
      {!props.labelHidden && (
        <span className="fieldLabel" aria-hidden="true">
          {props.label}
        </span>
      )}
      <div className="segmentRow">
        {props.options.map((option) => (
          <button
            key={option.value}
            type="button"
            aria-pressed={option.value === props.value}
            title={option.title}
            disabled={option.disabled}
            onClick={() => props.onChange(option.value)}
          >
            {option.label}
          </button>
        ))}
      </div>
    </fieldset>
  );
}
