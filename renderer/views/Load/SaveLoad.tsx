import type { Stores } from '../../stores/createStores.ts';
import { SaveButton } from '../../widgets/SaveButton.tsx';

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
