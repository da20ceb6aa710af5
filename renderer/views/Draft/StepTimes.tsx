import { type KeyboardEvent, type MouseEvent, memo, useMemo, useState } from 'react';
import type { DecodeStep } from '../../../electron/common/contract.ts';
import { formatCount, formatMicros } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';
import { keyMoves, layoutStepTimes, stepAt } from '../../stores/stepTimes.ts';
import { useSize } from '../../widgets/useSize.ts';
import { useStoreValue } from '../../widgets/useStoreValue.ts';
import { useThrottled } from '../../widgets/useThrottled.ts';

const height = 28;

/** How long drafting and verifying took, step by step. One stop of the Tab key; the arrow keys go through the steps. */
export function StepTimes(props: {
  stores: Stores;
  steps: readonly DecodeStep[];
  stepCount: number;
  running: boolean;
}) {
  const stepCount = useThrottled(props.stepCount, props.running);
  return <Bars stores={props.stores} steps={props.steps} stepCount={Math.min(stepCount, props.stepCount)} />;
}

const Bars = memo(function Bars({
  stores,
  steps,
  stepCount,
}: {
  stores: Stores;
  steps: readonly DecodeStep[];
  stepCount: number;
}) {
  const [frame, { width }] = useSize<HTMLDivElement>();
  const [hovered, setHovered] = useState<number | null>(null);
  const chosen = useStoreValue(stores.selection, ({ selection }) => (selection.kind === 'step' ? selection.step : -1));
  const layout = useMemo(() => layoutStepTimes(steps, stepCount, width, height), [steps, stepCount, width]);
  const { from, count, pitch, ceiling, longest, cutOff } = layout;
  const marked = hovered ?? chosen;
  const step = steps[marked];
  const isShown = step !== undefined && marked >= from && marked < from + count;
  const under = (event: MouseEvent) => stepAt(layout, event.clientX - event.currentTarget.getBoundingClientRect().left);
  const select = (at: number) =>
    stores.selection.select({ kind: 'step', step: Math.max(0, Math.min(stepCount - 1, at)), position: 0 });
  function onKeyDown(event: KeyboardEvent) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = chosen < 0 ? stepCount : chosen;
    const to = keyMoves(at, stepCount)[event.key];
    if (to === undefined) return;
    event.preventDefault();
    select(to);
  }
  return (
    <div className="stepTimes">
      <p className="stepTimesWords" data-testid="step-times-words">
        {isShown ? (
          <span className="mono">{wordsOf(step)}</span>
        ) : (
          <>
            <i className="swatch isDraft" /> draft <i className="swatch isVerify" /> verify
            <span className="mono">{` · highest ${formatMicros(longest)}`}</span>
            {cutOff > 0 && `, ${formatCount(cutOff)} cut off at ${formatMicros(ceiling)}`}
            {from > 0 && ` · last ${formatCount(count)} steps`}
          </>
        )}
      </p>
      <div
        className="stepTimesFrame"
        ref={frame}
        role="slider"
        tabIndex={0}
        aria-label={`Step, with its time; at most ${formatMicros(longest)}`}
        aria-valuemin={1}
        aria-valuemax={stepCount}
        aria-valuenow={chosen < 0 ? stepCount : chosen + 1}
        aria-valuetext={wordsOf(steps[chosen < 0 ? stepCount - 1 : chosen])}
        onKeyDown={onKeyDown}
      >
        <svg
          aria-hidden="true"
          data-testid="step-times"
          width={width}
          height={height}
          onMouseMove={(event) => setHovered(under(event))}
          onMouseLeave={() => setHovered(null)}
          onMouseDown={(event) => {
            const at = under(event);
            if (at !== null) select(at);
          }}
        >
          {isShown && (
            <rect className="stepTimesMark" x={(marked - from) * pitch} y={0} width={pitch - 1} height={height} />
          )}
          <path className="stepTimesVerify" d={layout.verify} />
          <path className="stepTimesDraft" d={layout.draft} />
          <path className="stepTimesNotch" d={layout.notches} />
        </svg>
      </div>
    </div>
  );
});

function wordsOf(step: DecodeStep | undefined): string {
  if (step === undefined) return '';
  return `step ${step.index + 1}: draft ${formatMicros(step.draftMicros)}, verify ${formatMicros(step.verifyMicros)}`;
}
