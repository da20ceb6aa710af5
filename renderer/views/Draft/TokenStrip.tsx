import { type KeyboardEvent, memo, type ReactNode, useEffect, useMemo, useRef } from 'react';
import type { DecodeState, DecodeStep } from '../../../electron/common/contract.ts';
import { formatCount, formatCountOf, visibleText } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';
import {
  firstOutputIndex,
  promptTokens,
  type ShownToken,
  stepTokens,
  type TokenVerdict,
} from '../../stores/decodeTokens.ts';
import { Panel } from '../../widgets/Panel.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';

/** Older steps leave the strip, so that a long run stays quick to draw; they stay in the list of steps. */
const shownSteps = 1200;

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

/** One stop for the Tab key; left and right go through the tokens, which select themselves when focused. */
function walk(event: KeyboardEvent<HTMLElement>): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const tokens = [...event.currentTarget.querySelectorAll<HTMLElement>('.token[role="button"]')];
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

export function TokenStrip(props: {
  stores: Stores;
  run: DecodeState;
  steps: readonly DecodeStep[];
  stepCount: number;
  replay: ReactNode;
}) {
  const { stores, run, steps, stepCount } = props;
  const strip = useRef<HTMLDivElement>(null);
  const prompt = useMemo(() => promptTokens(run), [run]);
  const from = Math.max(0, stepCount - shownSteps);
  const chosen = useStoreValue(stores.selection, ({ selection }) => (selection.kind === 'step' ? selection : null));
  const atEnd = useRef(true);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new step may have grown the strip
  useEffect(() => {
    const element = strip.current;
    if (element && atEnd.current) element.scrollTop = element.scrollHeight;
  }, [stepCount]);

  const outputs = steps[stepCount - 1]?.counters.outputTokens ?? 0;
  return (
    <Panel
      title="Tokens"
      className="stripPanel"
      aside={
        <span className="legend">
          {legend.map(({ verdict, word }) => (
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
        role="toolbar"
        aria-label="Tokens; the arrow keys go from one to the next"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: all tokens together are one stop of the Tab key
        tabIndex={0}
        onKeyDown={walk}
        onScroll={({ currentTarget }) => {
          atEnd.current = currentTarget.scrollTop + currentTarget.clientHeight >= currentTarget.scrollHeight - 24;
        }}
      >
        {prompt.map((token, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the position is the token's identity
          <Token key={index} token={token} beyond={false} />
        ))}
        {from > 0 && <span className="muted">{` … ${formatCountOf(from, 'earlier step')} … `}</span>}
        {steps.slice(from, stepCount).map((step) => (
          <StepTokens
            key={step.index}
            stores={stores}
            step={step}
            maxTokens={run.maxTokens}
            chosen={chosen?.step === step.index ? chosen.position : null}
          />
        ))}
        {run.status === 'running' && <span className="caret" />}
      </div>
      <div className="stripFoot">
        <p>
          {run.endReason ? `${endWords[run.endReason]}: ` : ''}
          <span className="mono">{`${formatCountOf(Math.min(outputs || (run.firstId === null ? 0 : 1), run.maxTokens), 'token')} after a prompt of ${formatCount(run.promptIds.length)}, in ${formatCountOf(stepCount, 'step')}`}</span>
        </p>
        {props.replay}
      </div>
    </Panel>
  );
}

/** One step's tokens; memoised, because a finished step never changes. */
const StepTokens = memo(function StepTokens(props: {
  stores: Stores;
  step: DecodeStep;
  maxTokens: number;
  chosen: number | null;
}) {
  const { stores, step, maxTokens, chosen } = props;
  return (
    <span className={`stepTokens ${chosen === null ? '' : 'isChosen'}`} data-step={step.index}>
      {stepTokens(step, firstOutputIndex(step)).map((token) => (
        <Token
          key={`${token.verdict} ${token.position}`}
          token={token}
          beyond={token.outputIndex >= maxTokens}
          chosen={chosen === token.position}
          onShow={() => stores.selection.select({ kind: 'step', step: step.index, position: token.position })}
        />
      ))}
    </span>
  );
});

function Token({
  token,
  beyond,
  chosen,
  onShow,
}: {
  token: ShownToken;
  beyond: boolean;
  chosen?: boolean;
  onShow?: () => void;
}) {
  const text = visibleText(token.text);
  const word = text.trimStart();
  const isRinged = token.verdict === 'bonus' && word !== '';
  const content = (
    <>
      {/* Where a line breaks at the leading space, the ring goes around the word alone. */}
      {text === '' ? (
        '∅'
      ) : isRinged ? (
        <>
          {text.slice(0, text.length - word.length)}
          <span className="ring">{word}</span>
        </>
      ) : (
        text
      )}
      {token.text.includes('\n') && token.verdict !== 'rejected' && <br />}
    </>
  );
  const title = `${token.verdict}, id ${token.id}${beyond ? ', past the token limit' : ''}`;
  if (!onShow) {
    return (
      <span className="token" data-verdict={token.verdict} title={title}>
        {content}
      </span>
    );
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a button would not break across lines with the text
    <span
      className={`token ${chosen ? 'isChosen' : ''}`}
      data-verdict={token.verdict}
      data-beyond={beyond || undefined}
      title={title}
      role="button"
      tabIndex={-1}
      onMouseEnter={onShow}
      onFocus={onShow}
      onClick={onShow}
      onKeyDown={(event) => {
        if (event.key === 'Enter') onShow();
      }}
    >
      {content}
    </span>
  );
}
