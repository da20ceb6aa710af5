import { type MouseEvent, memo, useMemo, useState } from 'react';
import type { DecodeStep } from '../../../electron/common/contract.ts';
import { formatCount, formatMicros } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';
import { layoutStepTimes, stepAt } from '../../stores/stepTimes.ts';
import { useSize } from '../../widgets/useSize.ts';
import { useStoreValue } from '../../widgets/useStoreValue.ts';
import { useThrottled } from '../../widgets/useThrottled.ts';

const height = 28;

/** How long drafting and verifying took, step by step. The list below says the same and goes by keyboard. */
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
  const { from, count, pitch, ceiling } = layout;
  const marked = hovered ?? chosen;
  const step = steps[marked];
  const isShown = step !== undefined && marked >= from && marked < from + count;
  const under = (event: MouseEvent) => stepAt(layout, event.clientX - event.currentTarget.getBoundingClientRect().left);
  return (
    <div className="stepTimes">
      <p className="stepTimesWords" data-testid="step-times-words">
        {isShown ? (
          <span className="mono">{`step ${marked + 1}: draft ${formatMicros(step.draftMicros)}, verify ${formatMicros(step.verifyMicros)}`}</span>
        ) : (
          <>
            <i className="swatch isDraft" /> draft <i className="swatch isVerify" /> verify
            <span className="mono">{` · highest ${formatMicros(ceiling)}`}</span>
            {from > 0 && ` · last ${formatCount(count)} steps`}
          </>
        )}
      </p>
      <div className="stepTimesFrame" ref={frame}>
        <svg
          role="img"
          aria-label={`Time per step, at most ${formatMicros(ceiling)}; the list below has every figure`}
          data-testid="step-times"
          width={width}
          height={height}
          onMouseMove={(event) => setHovered(under(event))}
          onMouseLeave={() => setHovered(null)}
          onMouseDown={(event) => {
            const at = under(event);
            if (at !== null) stores.selection.select({ kind: 'step', step: at, position: 0 });
          }}
        >
          {isShown && (
            <rect className="stepTimesMark" x={(marked - from) * pitch} y={0} width={pitch - 1} height={height} />
          )}
          <path className="stepTimesVerify" d={layout.verify} />
          <path className="stepTimesDraft" d={layout.draft} />
        </svg>
      </div>
    </div>
  );
});
