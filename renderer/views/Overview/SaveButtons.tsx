import type { Stores } from '../../stores/createStores.ts';

/** The report to hand on, and the plan for other programs. More in the palette. */
export function SaveButtons({ stores }: { stores: Stores }) {
  return (
    <div className="saveButtons">
      <button
        type="button"
        className="button"
        title="One HTML file with everything on this page, placement, load and decode; opens anywhere, offline"
        onClick={() => void stores.exports.report()}
      >
        Save report…
      </button>
      <button
        type="button"
        className="button"
        title="Verdict, findings, rules and parameters for other programs"
        onClick={() => void stores.exports.plan()}
      >
        Save JSON…
      </button>
    </div>
  );
}
