import { type KeyboardEvent, memo, type SyntheticEvent, useCallback, useEffect, useRef } from 'react';
import type { DecodeState, DecodeStep } from '../../../electron/common/contract.ts';
import { formatCount, formatCountOf } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';
import { promptTokens, type TokenVerdict } from '../../stores/decodeTokens.ts';
import type { ChosenToken, PeekedToken } from '../../stores/peekStore.ts';
import { Panel } from '../../widgets/Panel.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';
import { LogLine } from './LogLine.tsx';
import { chunkSteps, StepChunk, Token } from './StepTokens.tsx';

/**
 * Older chunks leave the strip, so that a long run stays quick to draw; their steps stay in the list of steps. While the
 * run lasts every batch of steps lays the strip out anew: then fewer stay.
 */
const shownChunks = { running: 12, over: 38 } as const;

const endWords = {
  length: 'Token limit reached',
  endToken: 'End token',
  stopped: 'Stopped',
  failed: 'Failed',
} as const;

const legend: readonly { readonly verdict: TokenVerdict; readonly word: string }[] = [
  { verdict: 'prompt', word: 'prompt' },
  { verdict: 'first', word: 'first' },
  { verdict: 'accepted', word: 'accepted' },
  { verdict: 'rejected', word: 'rejected' },
  { verdict: 'recovered', word: 'recovered' },
  { verdict: 'bonus', word: 'bonus' },
];
const plainLegend = legend.filter(({ verdict }) => verdict === 'prompt' || verdict === 'first');

/** One stop for the Tab key; left and right go through the tokens, which select themselves when focused. */
function walk(event: KeyboardEvent<HTMLElement>): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const tokens = [...event.currentTarget.querySelectorAll<HTMLElement>('.token[role="option"]')];
  const at = tokens.findIndex((token) => token === document.activeElement || token.classList.contains('isChosen'));
  const moves: Record<string, number> = {
    ArrowRight: at + 1,
    ArrowLeft: at < 0 ? tokens.length - 1 : at - 1,
    Home: 0,
    End: tokens.length - 1,
  };
  const to = moves[event.key];
  if (to === undefined) return;
  event.preventDefault();
  tokens[Math.max(0, Math.min(tokens.length - 1, to))]?.focus();
}

/** The token of a step under the pointer; null between tokens. */
function tokenAt(event: SyntheticEvent): PeekedToken | null {
  const token = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-position]') : null;
  const step = token?.closest<HTMLElement>('[data-step]');
  if (!token || !step) return null;
  const { verdict, position } = token.dataset;
  return {
    step: Number(step.dataset.step),
    position: Number(position),
    isTargets: verdict === 'recovered' || verdict === 'bonus' || verdict === 'plain',
  };
}

/** Memoised: a long prompt costs nothing while steps come. */
const PromptTokens = memo(function PromptTokens({ run }: { run: DecodeState }) {
  const tokens = promptTokens(run);
  return [...tokens.entries()].map(([at, token]) => <Token key={at} token={token} beyond={false} />);
});

export function TokenStrip(props: {
  stores: Stores;
  run: DecodeState;
  steps: readonly DecodeStep[];
  stepCount: number;
  /** The token under the pointer, or none. */
  onPeek: (token: PeekedToken | null) => void;
}) {
  const { stores, run, steps, stepCount } = props;
  const strip = useRef<HTMLDivElement>(null);
  const text = useRef<HTMLDivElement>(null);
  const chunks = Math.ceil(stepCount / chunkSteps);
  const firstChunk = Math.max(0, chunks - shownChunks[run.status === 'running' ? 'running' : 'over']);
  const from = firstChunk * chunkSteps;
  const chosen = useStoreValue(stores.selection, ({ selection }) => (selection.kind === 'step' ? selection : null));
  const atEnd = useRef(true);
  const lastTop = useRef(0);
  const { selection } = stores;
  const onSelect = useCallback((token: ChosenToken) => selection.select({ kind: 'step', ...token }), [selection]);

  // Told after the layout of a frame, when its height costs nothing to ask for.
  useEffect(() => {
    const element = strip.current;
    if (!element || !text.current) return;
    const observer = new ResizeObserver(() => {
      if (atEnd.current) element.scrollTop = element.scrollHeight;
    });
    observer.observe(text.current);
    // What is said below the strip when a run ends takes of its height.
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const last = steps[stepCount - 1];
  const outputs = last?.counters.outputTokens ?? 0;
  const isPlain = last === undefined ? run.numSpeculativeTokens === 0 : last.counters.numDrafts === 0;
  const starting = useStoreValue(stores.decode, ({ status }) => status.kind === 'starting');
  return (
    <Panel
      title="Tokens"
      className="stripPanel"
      aside={
        <span className="legend">
          {(isPlain ? plainLegend : legend).map(({ verdict, word }) => (
            <span key={verdict} className="token" data-legend={verdict}>
              {word}
            </span>
          ))}
        </span>
      }
    >
      <div
        className="tokenStrip mono"
        data-testid="token-strip"
        data-run={run.run}
        ref={strip}
        role="listbox"
        aria-label="Tokens; the arrow keys go from one to the next"
        tabIndex={0}
        onKeyDown={walk}
        onPointerOver={(event) => props.onPeek(tokenAt(event))}
        onPointerLeave={() => props.onPeek(null)}
        onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
          // Only going up leaves the end: text may have come since the strip was last moved there.
          if (scrollTop + clientHeight >= scrollHeight - 24) atEnd.current = true;
          else if (scrollTop < lastTop.current) atEnd.current = false;
          lastTop.current = scrollTop;
        }}
      >
        <div ref={text}>
          <PromptTokens run={run} />
          {from > 0 && <span className="muted">{` … ${formatCountOf(from, 'earlier step')} … `}</span>}
          {Array.from({ length: chunks - firstChunk }, (_, index) => {
            const start = from + index * chunkSteps;
            const end = Math.min(start + chunkSteps, stepCount);
            return (
              <StepChunk
                key={start}
                steps={steps}
                from={start}
                to={end}
                maxTokens={run.maxTokens}
                chosen={chosen !== null && chosen.step >= start && chosen.step < end ? chosen : null}
                onSelect={onSelect}
              />
            );
          })}
          {run.status === 'running' && <span className="caret" />}
        </div>
      </div>
      <div className="stripFoot">
        <p>
          {starting && <b>{'The next run is starting. '}</b>}
          {run.endReason ? `${endWords[run.endReason]}: ` : ''}
          <span className="mono">{`${formatCountOf(Math.min(outputs || (run.firstId === null ? 0 : 1), run.maxTokens), 'token')} after a prompt of ${formatCount(run.promptIds.length)}, in ${formatCountOf(stepCount, 'step')}`}</span>
        </p>
        {last && last.counters.drafted > 0 && (
          <LogLine stores={stores} steps={steps} stepCount={stepCount} running={run.status === 'running'} />
        )}
      </div>
    </Panel>
  );
}
