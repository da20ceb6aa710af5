/** Saves something that is shown. `label` ends in "…": a dialog asks where to. */
export function SaveButton(props: { label: string; title: string; save: () => Promise<void> }) {
  return (
    <button type="button" className="button" title={props.title} onClick={() => void props.save()}>
      {props.label}
    </button>
  );
}
