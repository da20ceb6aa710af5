import { useEffect, useState } from 'react';
import { formatCount } from '../../format.ts';
import { Icon } from '../../widgets/Icon.tsx';

/** A step is shown this long while the replay plays. */
const playMillis = 160;

/**
 * Goes back and forth through the steps of a run that is over or held; everything in the view follows. The arrow keys
 * go by one step, Page by ten, Home and End to the ends, space plays.
 */
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
  const [playing, setPlaying] = useState(false);
  const move = (to: number) => onMove(to >= stepCount ? null : Math.max(0, to));
  function play() {
    if (!playing && at >= stepCount) move(0);
    setPlaying(!playing);
  }
  const isOver = at >= stepCount;
  // The first step after a press on play must not end it: only the end that playing itself came to does.
  useEffect(() => {
    if (!playing) return;
    const timer = setTimeout(() => {
      if (isOver) setPlaying(false);
      else onMove(at + 1 >= stepCount ? null : at + 1);
    }, playMillis);
    return () => clearTimeout(timer);
  }, [playing, isOver, at, stepCount, onMove]);
  return (
    <span className="replay">
      <button
        type="button"
        className="button iconOnly quiet"
        aria-label={playing ? 'Pause the replay' : 'Play the steps again'}
        title={playing ? 'Pause the replay (space)' : 'Play the steps again (space on the slider)'}
        onClick={play}
      >
        <Icon name={playing ? 'pause' : 'play'} />
      </button>
      <label>
        <span className="fieldLabel">replay</span>
        <input
          type="range"
          min={0}
          max={stepCount}
          value={at}
          aria-label="Replay: steps shown"
          aria-valuetext={`${at} of ${stepCount} steps`}
          onChange={({ target }) => {
            setPlaying(false);
            move(target.valueAsNumber);
          }}
          onKeyDown={(event) => {
            if (event.key !== ' ') return;
            event.preventDefault();
            play();
          }}
        />
      </label>
      <span className="mono replayCount">{`${formatCount(at)} / ${formatCount(stepCount)}`}</span>
    </span>
  );
}
