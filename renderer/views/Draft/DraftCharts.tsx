import { memo, useMemo } from 'react';
import type { DecodeState, DecodeStep, Plan } from '../../../electron/common/contract.ts';
import { formatCount, formatMicros, formatNumber, formatPercent, formatPerSecond } from '../../format.ts';
import { failsMostAt, signatureHint } from '../../stores/acceptanceSignature.ts';
import type { Stores } from '../../stores/createStores.ts';
import {
  acceptanceByPosition,
  acceptanceRate,
  lengthSeries,
  meanAcceptanceLength,
  sumTimes,
  windowFigures,
  windowSteps,
} from '../../stores/decodeTokens.ts';
import { isNothingAccepted } from '../../stores/likelyCauses.ts';
import { niceTicks, PositionBars, RunningLine } from '../../widgets/charts.tsx';
import { Figure } from '../../widgets/Figure.tsx';
import { Panel } from '../../widgets/Panel.tsx';
import { usePaced } from '../../widgets/useThrottled.ts';
import { NothingAccepted } from './NothingAccepted.tsx';

const mostPoints = 500;

/** Acceptance so far, redrawn at most twice a second, also where one run follows another at once. */
export function DraftCharts({
  stores,
  plan,
  run,
  steps,
  stepCount,
  replaying,
}: {
  stores: Stores;
  plan: Plan;
  run: DecodeState;
  steps: readonly DecodeStep[];
  stepCount: number;
  /** Someone goes through the steps: everything follows at once. */
  replaying: boolean;
}) {
  const now = useMemo(() => ({ run, steps, shownCount: stepCount }), [run, steps, stepCount]);
  // Nothing is worse than an empty chart beside tokens: a run without steps does not hold back its first ones.
  const isEmpty = run.status === 'running' && stepCount === 0;
  const shown = usePaced(now, replaying ? 'atOnce' : isEmpty ? 'calm' : 'live');
  return <ChartPanels stores={stores} plan={plan} {...shown} isBehind={shown !== now} />;
}

/** Memoised: steps between two renewals cost nothing here. */
const ChartPanels = memo(function ChartPanels({
  stores,
  plan,
  run,
  steps,
  shownCount,
  isBehind,
}: {
  stores: Stores;
  plan: Plan;
  run: DecodeState;
  steps: readonly DecodeStep[];
  shownCount: number;
  /** Newer steps are there and not drawn yet. */
  isBehind: boolean;
}) {
  // It may have been raised on the way.
  const k = Math.max(run.numSpeculativeTokens, steps[shownCount - 1]?.counters.acceptedAtLeast.length ?? 0);
  const derived = useMemo(() => {
    const shown = steps.slice(0, shownCount);
    const last = shown.at(-1);
    return {
      last,
      bars: (last === undefined ? [] : acceptanceByPosition(last, k)).map((bar) => ({
        position: bar.position,
        rate: bar.rate,
        detail: `${formatCount(bar.accepted)} of ${formatCount(bar.steps)} drafts`,
      })),
      points: lengthSeries(shown).map((point) => ({ x: point.step, y: point.mean, second: point.windowed })),
      recent: windowFigures(steps, shownCount),
      plainTimes: shown.slice(-mostPoints).map(({ index, verifyMicros }) => ({ x: index + 1, y: verifyMicros / 1000 })),
      times: sumTimes(shown),
      hint: last ? signatureHint(last.counters.acceptedAtLeast, last.counters.numDrafts) : null,
      fails: last ? failsMostAt(last.counters.acceptedAtLeast, last.counters.numDrafts) : null,
    };
  }, [steps, shownCount, k]);
  const { last, bars, points, times, hint, fails, recent, plainTimes } = derived;
  const isWindowed = shownCount > windowSteps;
  const perStep = (micros: number) => (shownCount > 0 ? formatMicros(micros / shownCount) : '–');
  const length = meanAcceptanceLength(last);
  const isOver = run.status !== 'running';
  const isPlain = last === undefined ? run.numSpeculativeTokens === 0 : last.counters.numDrafts === 0;
  const failsTitle = ['Steps whose drafts end there, of all steps with drafts', hint].filter(Boolean).join('. ');
  const isNothing = isNothingAccepted(last?.counters, isOver);
  return (
    <div className="draftCharts" data-behind={isBehind}>
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
        <Figure label="draft / step" value={isPlain ? '–' : perStep(times.draftMicros)} />
        <Figure label="verify / step" value={perStep(times.verifyMicros)} />
      </div>
      <Panel title="Acceptance by position" aside={isPlain || isNothing ? undefined : 'share of drafts'}>
        {isPlain ? (
          <p className="panelNote">
            Plain decoding: nothing is drafted, so there is nothing to accept. Choose k ≥ 1 for drafts.
          </p>
        ) : isOver && shownCount === 0 ? (
          <p className="panelNote">The run ended before its first step.</p>
        ) : isNothing ? (
          <NothingAccepted stores={stores} plan={plan} run={run} drafted={last?.counters.drafted ?? 0} />
        ) : (
          <div className="positionChart">
            {fails !== null && (
              <p className="failsMost" title={failsTitle} data-testid="fails-most">
                {fails.steps === 0
                  ? 'No draft failed'
                  : `Most fail at position ${fails.position}: ${formatCount(fails.steps)} of ${formatCount(last?.counters.numDrafts ?? 0)}`}
              </p>
            )}
            {hint !== null && <p className="signatureHint" data-testid="signature-hint">{`Hint: ${hint}`}</p>}
            <PositionBars bars={bars} label="Acceptance by position" testId="acceptance-by-position" />
          </div>
        )}
      </Panel>
      <Panel
        title={isPlain ? 'Time per token' : 'Mean acceptance length'}
        aside={isPlain ? 'ms' : isWindowed ? `dashed: last ${windowSteps}` : 'tokens / step'}
      >
        {isPlain ? (
          <RunningLine
            label="Time per token"
            testId="time-per-token"
            points={plainTimes}
            xTitle="step"
            yTitle="ms"
            ticks={niceTicks(plainTimes.reduce((most, { y }) => Math.max(most, y), 0))}
            colour="var(--text-muted)"
          />
        ) : isOver && shownCount === 0 ? (
          <p className="panelNote">The run ended before its first step.</p>
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
