/** Plain decoding against decoding with drafts: the same prompt in turn, so that both see the same machine. */
import type { CommandInput, DecodeStep, SpeedComparison } from '../../common/contract.ts';
import { FailureError } from '../../common/failure.ts';
import { type DecodeModel, runDecode } from './decodeRun.ts';
import { RunControls } from './runControls.ts';

/** Each way of decoding is run this often, in turn: plain, drafted, plain, drafted, ... */
const mostRounds = 3;
/** No further round begins after this long. */
const enoughMillis = 10_000;

interface Spent {
  readonly tokens: number;
  readonly micros: number;
}

/** @throws FailureError notRunnable, outOfMemory, cancelled before a first round was whole, and the failure of a run */
export async function compareSpeed(
  model: DecodeModel,
  promptIds: readonly number[],
  input: CommandInput<'decode.compare'>,
  signal: AbortSignal,
): Promise<SpeedComparison> {
  const { numSpeculativeTokens, predictor, sampling } = input;
  if (numSpeculativeTokens === 0) {
    throw new FailureError('badOption', 'There is nothing to compare with 0 speculative tokens.', {
      hint: 'Choose at least one draft a step.',
    });
  }
  const begin = performance.now();
  const measure = (k: number) => decodeOnce(model, promptIds, input, k, signal);
  let plain: Spent = { tokens: 0, micros: 0 };
  let speculative: Spent = { tokens: 0, micros: 0 };
  let rounds = 0;
  while (rounds < mostRounds && !signal.aborted && (rounds === 0 || performance.now() - begin < enoughMillis)) {
    const withoutDrafts = await measure(0);
    const withDrafts = signal.aborted ? null : await measure(numSpeculativeTokens);
    if (signal.aborted || withDrafts === null) break;
    plain = sum(plain, withoutDrafts);
    speculative = sum(speculative, withDrafts);
    rounds++;
  }
  if (rounds === 0) throw new FailureError('cancelled', 'Stopped before both ways of decoding had been run.');
  return {
    numSpeculativeTokens,
    predictor,
    sampling,
    rounds,
    plain: speed(plain),
    speculative: speed(speculative),
    cutShort: rounds < mostRounds,
  };
}

/** Output tokens of the steps, and the time of drafting, verifying and choosing them; the prompt's pass is left out. */
async function decodeOnce(
  model: DecodeModel,
  promptIds: readonly number[],
  { maxTokens, predictor, alternatives = [], sampling }: CommandInput<'decode.compare'>,
  numSpeculativeTokens: number,
  signal: AbortSignal,
): Promise<Spent> {
  let begin = performance.now();
  let tokens = 0;
  const state = await runDecode(
    0,
    model,
    promptIds,
    { prompt: '', maxTokens, predictor, alternatives, sampling },
    new RunControls({ paused: false, numSpeculativeTokens, paceMillis: 0 }),
    {
      started: () => {
        begin = performance.now();
      },
      step: ({ outputIds }: DecodeStep) => {
        tokens += outputIds.length;
      },
      routing: () => undefined,
    },
    signal,
  );
  const micros = (performance.now() - begin) * 1000;
  if (state.failure !== null) throw new FailureError(state.failure.code, state.failure.message, state.failure);
  return { tokens, micros };
}

const sum = (left: Spent, right: Spent): Spent => ({
  tokens: left.tokens + right.tokens,
  micros: left.micros + right.micros,
});

const speed = ({ tokens, micros }: Spent) => ({
  tokens,
  micros,
  tokensPerSecond: micros > 0 ? (tokens / micros) * 1e6 : 0,
});
