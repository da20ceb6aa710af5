import type { Stores } from '../../stores/createStores.ts';

/** The load that ended, for people and for programs. */
export function SaveLoad({ stores }: { stores: Stores }) {
  const { exports } = stores;
  return (
    <span className="saveButtons">
      <SaveButton
        label="Save load…"
        title="Totals by reason, throughput, plain reads, every file and reader, as JSON"
        save={exports.load}
      />
      <SaveButton label="CSV…" title="Every read: file, thread, begin, end, bytes" save={exports.reads} />
      <SaveButton label="SVG…" title="The reads over time as a drawing" save={exports.lanes} />
    </span>
  );
}

function SaveButton(props: { label: string; title: string; save: () => Promise<void> }) {
  return (
    <button type="button" className="button" title={props.title} onClick={() => void props.save()}>
      {props.label}
    </button>
  );
}
