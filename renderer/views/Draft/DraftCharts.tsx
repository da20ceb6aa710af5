import { memo, useMemo } from 'react';
import type { DecodeState, DecodeStep } from '../../../electron/common/contract.ts';
import { formatCount, formatMicros, formatNumber, formatPercent, formatPerSecond } from '../../format.ts';
import { signatureHint } from '../../stores/acceptanceSignature.ts';
import {
  acceptanceByPosition,
  acceptanceRate,
  lengthSeries,
  meanAcceptanceLength,
  sumTimes,
  windowFigures,
  windowSteps,
} from '../../stores/decodeTokens.ts';
import { PositionBars, RunningLine } from '../../widgets/charts.tsx';
import { Figure } from '../../widgets/Figure.tsx';
import { Panel } from '../../widgets/Panel.tsx';
import { useThrottled } from '../../widgets/useThrottled.ts';

/** Acceptance so far, redrawn at most twice a second while the run lasts. */
export function DraftCharts({
  run,
  steps,
  stepCount,
}: {
  run: DecodeState;
  steps: readonly DecodeStep[];
  stepCount: number;
}) {
  // Nothing is worse than an empty chart beside tokens: the first steps are drawn at once.
  const renewed = useThrottled(stepCount, run.status === 'running');
  const shownCount = renewed === 0 ? stepCount : Math.min(renewed, stepCount);
  return <ChartPanels run={run} steps={steps} shownCount={shownCount} />;
}

/** Memoised: steps between two renewals cost nothing here. */
const ChartPanels = memo(function ChartPanels({
  run,
  steps,
  shownCount,
}: {
  run: DecodeState;
  steps: readonly DecodeStep[];
  shownCount: number;
}) {
  const k = run.numSpeculativeTokens;
  const derived = useMemo(() => {
    const shown = steps.slice(0, shownCount);
    const last = shown.at(-1);
    return {
      last,
      bars: acceptanceByPosition(last, k).map((bar) => ({
        position: bar.position,
        rate: bar.rate,
        detail: `${formatCount(bar.accepted)} of ${formatCount(bar.steps)} drafts`,
      })),
      points: lengthSeries(shown).map((point) => ({ x: point.step, y: point.mean, second: point.windowed })),
      recent: windowFigures(steps, shownCount),
      times: sumTimes(shown),
      hint: last ? signatureHint(last.counters.acceptedAtLeast, last.counters.numDrafts) : null,
    };
  }, [steps, shownCount, k]);
  const { last, bars, points, times, hint, recent } = derived;
  const isWindowed = shownCount > windowSteps;
  const perStep = (micros: number) => (shownCount > 0 ? formatMicros(micros / shownCount) : '–');
  const length = meanAcceptanceLength(last);
  const isOver = run.status !== 'running';
  return (
    <div className="draftCharts">
      <div className="figures runFigures">
        <Figure
          label="mean acceptance length"
          value={formatNumber(length)}
          exact="1 + accepted / drafts, in tokens per step"
          testId="mean-length"
          note={isWindowed ? `last ${windowSteps}: ${formatNumber(recent.meanLength)}` : undefined}
        />
        <Figure
          label="acceptance rate"
          value={formatPercent(acceptanceRate(last))}
          exact={`${last?.counters.accepted ?? 0} of ${last?.counters.drafted ?? 0} drafts`}
          testId="acceptance-rate"
          note={isWindowed ? `last ${windowSteps}: ${formatPercent(recent.rate)}` : undefined}
        />
        <Figure
          label="tokens / s"
          value={formatPerSecond(last?.counters.outputTokens ?? 0, times.draftMicros + times.verifyMicros)}
          exact="Output tokens by the time of drafting and verifying"
        />
        <Figure label="draft / step" value={perStep(times.draftMicros)} />
        <Figure label="verify / step" value={perStep(times.verifyMicros)} />
      </div>
      <Panel title="Acceptance by position" aside="share of drafts">
        {shownCount === 0 ? (
          <p className="panelNote">
            {isOver ? 'The run ended before its first step.' : 'Bars appear with the first step.'}
          </p>
        ) : (
          <div className="positionChart">
            {hint !== null && (
              <p className="signatureHint" title={hint} data-testid="signature-hint">{`Hint: ${hint}`}</p>
            )}
            <PositionBars bars={bars} label="Acceptance by position" testId="acceptance-by-position" />
          </div>
        )}
      </Panel>
      <Panel title="Mean acceptance length" aside={isWindowed ? `dashed: last ${windowSteps} steps` : 'tokens / step'}>
        {shownCount === 0 ? (
          <p className="panelNote">
            {isOver ? 'The run ended before its first step.' : 'The line begins with the first step.'}
          </p>
        ) : (
          <RunningLine
            label="Mean acceptance length"
            testId="mean-acceptance-length"
            points={points}
            secondTitle={`last ${windowSteps} steps`}
            xTitle="step"
            yTitle="tokens per step"
            ticks={Array.from({ length: k + 1 }, (_, index) => index + 1)}
            levels={[{ y: k + 1, label: `all ${k} accepted` }]}
            colour="var(--accepted)"
          />
        )}
      </Panel>
    </div>
  );
});
