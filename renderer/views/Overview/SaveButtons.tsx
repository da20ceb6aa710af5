import type { Stores } from '../../stores/createStores.ts';
import { SaveButton } from '../../widgets/SaveButton.tsx';

/** The report to hand on, and the plan for other programs. More in the palette. */
export function SaveButtons({ stores }: { stores: Stores }) {
  return (
    <div className="saveButtons">
      <SaveButton
        label="Save report…"
        title="One HTML file with everything on this page, placement, load and decode; opens anywhere, offline"
        save={stores.exports.report}
      />
      <SaveButton
        label="Save JSON…"
        title="Verdict, findings, rules and parameters for other programs"
        save={stores.exports.plan}
      />
    </div>
  );
}
