import { formatCount } from '../../format.ts';

/** Goes back and forth through the steps of a run that is over or held; everything in the view follows. */
export function Replay({
  stepCount,
  at,
  onMove,
}: {
  stepCount: number;
  /** Steps shown. */
  at: number;
  /** Called with null for all of them. */
  onMove: (at: number | null) => void;
}) {
  return (
    <label className="replay">
      <span className="fieldLabel">replay</span>
      <input
        type="range"
        min={0}
        max={stepCount}
        value={at}
        aria-label="Replay: steps shown"
        aria-valuetext={`${at} of ${stepCount} steps`}
        onChange={({ target }) => onMove(target.valueAsNumber === stepCount ? null : target.valueAsNumber)}
      />
      <span className="mono replayCount">{`${formatCount(at)} / ${formatCount(stepCount)}`}</span>
    </label>
  );
}
