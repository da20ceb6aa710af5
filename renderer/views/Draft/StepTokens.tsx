import { memo } from 'react';
import type { DecodeStep } from '../../../electron/common/contract.ts';
import { visibleText } from '../../format.ts';
import { firstOutputIndex, type ShownToken, stepTokens } from '../../stores/decodeTokens.ts';
import type { ChosenToken } from '../../stores/peekStore.ts';

/** Steps of one chunk of the strip. */
export const chunkSteps = 32;

/**
 * The tokens of up to chunkSteps steps, from `from` up to `to`. Memoised: finished steps never change, so a new step
 * only draws the last chunk.
 */
export const StepChunk = memo(function StepChunk(props: {
  /** Grows in place; `to` tells of every change that matters. */
  steps: readonly DecodeStep[];
  from: number;
  to: number;
  maxTokens: number;
  /** Only where it lies in this chunk. */
  chosen: ChosenToken | null;
  onSelect: (token: ChosenToken) => void;
}) {
  const { steps, from, to, maxTokens, chosen, onSelect } = props;
  return steps
    .slice(from, to)
    .map((step) => (
      <StepTokens
        key={step.index}
        step={step}
        maxTokens={maxTokens}
        chosen={chosen?.step === step.index ? chosen.position : null}
        onSelect={onSelect}
      />
    ));
});

const StepTokens = memo(function StepTokens(props: {
  step: DecodeStep;
  maxTokens: number;
  chosen: number | null;
  onSelect: (token: ChosenToken) => void;
}) {
  const { step, maxTokens, chosen, onSelect } = props;
  return (
    <span className={`stepTokens ${chosen === null ? '' : 'isChosen'}`} data-step={step.index}>
      {stepTokens(step, firstOutputIndex(step)).map((token) => (
        <Token
          key={`${token.verdict} ${token.position}`}
          token={token}
          beyond={token.outputIndex >= maxTokens}
          chosen={chosen === token.position}
          onShow={() => onSelect({ step: step.index, position: token.position })}
        />
      ))}
    </span>
  );
});

/** Lines, strokes and rings go with the word alone: the space before it would tie it to its neighbour. */
function MarkedText({ text }: { text: string }) {
  const word = text.trimStart() || text;
  return (
    <>
      {text.slice(0, text.length - word.length)}
      <span className="word">{word}</span>
    </>
  );
}

export function Token({
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
  const text = visibleText(token.text) || '∅';
  const isMarked = token.verdict !== 'prompt' && token.verdict !== 'plain';
  const content = (
    <>
      {isMarked ? <MarkedText text={text} /> : text}
      {token.text.includes('\n') && token.verdict !== 'rejected' && <br />}
    </>
  );
  const title = `${token.verdict}, id ${token.id}${beyond ? ', past the token limit' : ''}`;
  if (!onShow) {
    return (
      <span className="token" data-verdict={token.verdict} data-id={token.id} title={title}>
        {content}
      </span>
    );
  }
  return (
    <span
      className={`token ${chosen ? 'isChosen' : ''}`}
      data-verdict={token.verdict}
      data-beyond={beyond || undefined}
      data-id={token.id}
      data-position={token.position}
      role="option"
      aria-selected={chosen === true}
      aria-label={`${text}, ${title}`}
      tabIndex={-1}
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
