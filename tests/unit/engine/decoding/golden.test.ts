/** Acceptance, sampling and metrics against recorded runs of the reference engine's own functions. */
import { describe, expect, it } from 'vitest';
import {
  acceptanceRate,
  meanAcceptanceLength,
  metricsLine,
  positionRatesText,
} from '../../../../electron/common/acceptanceMetrics.ts';
import { Acceptance } from '../../../../electron/engine/decoding/acceptance.ts';
import { drafterInput } from '../../../../electron/engine/decoding/drafterInputs.ts';
import { judgeGreedy, judgeRandom, recoveredToken } from '../../../../electron/engine/decoding/rejectionSampler.ts';
import { SamplingConstraints } from '../../../../electron/engine/decoding/samplingConstraints.ts';
import { readGolden } from '../loading/goldenCases.ts';

interface RejectionCase {
  readonly vocab: number;
  readonly num_draft_tokens: number[];
  readonly temperature: number[];
  readonly top_k: number[] | null;
  readonly top_p: number[] | null;
  readonly draft_token_ids: number[];
  readonly target_logits: number[][];
  readonly bonus_token_ids: number[];
  readonly draft_probs: number[][] | null;
  readonly uniform: number[] | null;
  readonly exponential: number[][] | null;
  readonly recovered: number[] | null;
  readonly output: number[][];
  /** The same without what fills up. */
  readonly tokens: number[][];
}

/** The output rows of a case, and what each position of a random request recovers to. */
function replay(given: RejectionCase) {
  let begin = 0;
  const width = Math.max(...given.num_draft_tokens) + 1;
  return given.num_draft_tokens.map((drafts, request) => {
    const rows = Array.from({ length: drafts }, (_, at) => begin + at);
    begin += drafts;
    const draftIds = rows.map((row) => given.draft_token_ids[row] as number);
    const logits = rows.map((row) => Float32Array.from(given.target_logits[row] as number[]));
    const temperature = given.temperature[request] as number;
    const bonusId = given.bonus_token_ids[request] as number;
    const padded = (accepted: number, nextId: number) =>
      Array.from({ length: width }, (_, at) => (at < accepted ? draftIds[at] : at === accepted ? nextId : -1));
    if (temperature === 0) {
      const best = logits.map((row) => row.indexOf(Math.max(...row)));
      const { accepted, nextId } = judgeGreedy(draftIds, [...best, bonusId]);
      return { rows, recovered: null, output: padded(accepted, nextId) };
    }
    const topK = given.top_k?.[request] ?? 0;
    const constraints = new SamplingConstraints({ temperature, topK, topP: given.top_p?.[request] ?? 1, seed: 0 });
    const exponentials = Float64Array.from(given.exponential?.[request] as number[]);
    const probabilities = logits.map((row) => {
      const into = new Float64Array(given.vocab);
      constraints.probabilities(row, into);
      return into;
    });
    const q = (at: number) => given.draft_probs?.[rows[at] as number] ?? null;
    const recovered = probabilities.map((p, at) => recoveredToken(p, draftIds[at] as number, exponentials, q(at)));
    const { accepted, nextId } = judgeRandom(
      draftIds,
      [...recovered, bonusId],
      probabilities.map((p, at) => p[draftIds[at] as number] as number),
      rows.map((row) => given.uniform?.[row] as number),
      given.draft_probs === null ? null : draftIds.map((id, at) => q(at)?.[id] as number),
    );
    return { rows, recovered, output: padded(accepted, nextId) };
  });
}

describe('rejection sampling', () => {
  const { cases } = readGolden<{ cases: RejectionCase[] }>('math', 'rejection.json.gz');
  it.each(cases.map((given, index) => [index, given] as const))('recorded case %i', (_, given) => {
    const replayed = replay(given);
    expect(replayed.map(({ output }) => output)).toEqual(given.output);
    expect(replayed.map(({ output }) => output.filter((id) => id !== -1))).toEqual(given.tokens);
    for (const { rows, recovered } of replayed) {
      if (recovered !== null) expect(recovered).toEqual(rows.map((row) => given.recovered?.[row]));
    }
  });

  it('has random, greedy, top-k, top-p and draft-probability cases among the recorded ones', () => {
    expect(cases.filter(({ temperature }) => temperature.some((value) => value > 0)).length).toBeGreaterThan(10);
    expect(cases.filter(({ top_k }) => top_k !== null).length).toBeGreaterThan(1);
    expect(cases.filter(({ top_p }) => top_p !== null).length).toBeGreaterThan(1);
    expect(cases.filter(({ draft_probs }) => draft_probs !== null)).toHaveLength(1);
  });
});

interface DrafterInputsCase {
  readonly vocab: number;
  readonly sampled: number[][];
  readonly discard: number[];
  readonly backup: number[];
  readonly next_token: number[];
  readonly valid_count: number[];
  readonly num_draft_tokens: number[];
  readonly query_start_loc: number[];
  readonly index_to_sample: number[];
  readonly num_rejected: number[];
}

it.each(
  readGolden<DrafterInputsCase[]>('math', 'drafter_inputs.json.gz').map((given, index) => [index, given] as const),
)('inputs of the drafter, recorded case %i', (_, given) => {
  const inputs = given.sampled.map((sampled, request) =>
    drafterInput(
      {
        sampled,
        numDrafts: given.num_draft_tokens[request] as number,
        discarded: given.discard[request] === 1,
        backupId: given.backup[request] as number,
      },
      given.vocab,
      given.query_start_loc[request],
    ),
  );
  expect(inputs).toEqual(
    given.next_token.map((nextId, request) => ({
      nextId,
      validCount: given.valid_count[request],
      numRejected: given.num_rejected[request],
      indexToSample: given.index_to_sample[request],
    })),
  );
});

interface MetricsCase {
  readonly k: number;
  readonly observed: [number, number][];
  readonly num_drafts: number;
  readonly num_draft_tokens: number;
  readonly num_accepted_tokens: number;
  readonly per_pos: number[];
  readonly mean_acceptance_length: number;
  readonly per_position_rates: string;
  readonly avg_draft_acceptance_rate_percent: number;
}

describe('metrics', () => {
  const cases = readGolden<MetricsCase[]>('math', 'metrics.json.gz');
  it.each(cases.map((given, index) => [index, given] as const))('recorded case %i', (_, given) => {
    const acceptance = new Acceptance(given.k);
    for (const [drafted, accepted] of given.observed) acceptance.observe(drafted, accepted);
    const counters = acceptance.counters();
    expect(counters).toMatchObject({
      numDrafts: given.num_drafts,
      drafted: given.num_draft_tokens,
      accepted: given.num_accepted_tokens,
      acceptedAtLeast: given.per_pos,
    });
    expect(meanAcceptanceLength(counters)).toBeCloseTo(given.mean_acceptance_length, 12);
    expect(positionRatesText(counters)).toBe(given.per_position_rates);
    expect(100 * acceptanceRate(counters)).toBeCloseTo(given.avg_draft_acceptance_rate_percent, 10);
  });

  it('leaves steps without drafts out of every rate', () => {
    const acceptance = new Acceptance(2);
    acceptance.observe(0, 0);
    acceptance.observe(2, 1);
    expect(meanAcceptanceLength(acceptance.counters())).toBe(2);
    expect(positionRatesText(acceptance.counters())).toBe('1.000, 0.000');
  });

  it('prints the line of the reference engine', () => {
    const acceptance = new Acceptance(2);
    acceptance.observe(2, 1);
    acceptance.observe(2, 2);
    expect(metricsLine(acceptance.counters(), 2)).toBe(
      'SpecDecoding metrics: Mean acceptance length: 2.50, Accepted throughput: 1.50 tokens/s, Drafted throughput: 2.00 tokens/s, Accepted: 3 tokens, Drafted: 4 tokens, Per-position acceptance rate: 1.000, 0.500, Avg Draft acceptance rate: 75.0%',
    );
    expect(metricsLine(new Acceptance(1).counters(), 0)).toMatch(/length: nan.*acceptance rate: nan%$/);
  });
});
