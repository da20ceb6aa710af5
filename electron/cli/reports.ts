/** Results of the commands, as text for people and as records for programs. */
import { metricsLine } from '../common/acceptanceMetrics.ts';
import type { DecodeState, DecodeStep, LoadState, Plan, Story } from '../common/contract.ts';
import { verdictRecord } from '../engine/loading/goldenRecord.ts';
import { printableLine, printableText } from './printable.ts';

export function planText(plan: Plan): string {
  const { parallel, placement, totals } = plan;
  const lines = [
    plan.verdict.sentence,
    `as ${plan.reference} would load it: tensor-parallel size ${parallel.tensorParallelSize}, data-parallel size ${parallel.dataParallelSize}, expert parallelism ${placement.useExpertParallel ? `over ${placement.epSize} ranks (${placement.policy === 'linear' ? 'linear' : 'round_robin'})` : 'off'}, rank ${parallel.rank}`,
    '',
    ...findingLines(plan),
    ...(plan.findings.length > 0 ? [''] : []),
    `${'outcome'.padEnd(8)} ${'rule'.padEnd(42)} ${'tensors'.padStart(9)} ${'bytes'.padStart(12)}`,
    ...plan.rules
      .filter((rule) => rule.tensors > 0)
      .map(
        ({ outcome, id, tensors, bytes }) =>
          `${outcome.padEnd(8)} ${id.padEnd(42)} ${String(tensors).padStart(9)} ${megabytes(bytes).padStart(12)}`,
      ),
    '',
    `${totals.loaded.tensors} loaded (${megabytes(totals.loaded.bytes)}), ${totals.skipped.tensors} skipped (${megabytes(totals.skipped.bytes)}), ${totals.error.tensors} would fail (${megabytes(totals.error.bytes)})`,
  ];
  return `${lines.map(printableLine).join('\n')}\n`;
}

function findingLines(plan: Plan): string[] {
  return plan.findings.flatMap(({ severity, code, sentence, hint }) => [
    `${severity.padEnd(8)} ${code}: ${sentence}`,
    `         ${hint}`,
  ]);
}

/** Whether something stops the load, or spoils what is drafted without a word. */
export function hasGraveFinding(plan: Plan): boolean {
  return plan.findings.some(({ severity }) => severity === 'blocker' || severity === 'silent');
}

export function checkText(plan: Plan): string {
  return `${[plan.verdict.sentence, ...findingLines(plan)].map(printableLine).join('\n')}\n`;
}

export function checkRecord(plan: Plan): Readonly<Record<string, unknown>> {
  return {
    verdict: verdictRecord(plan.verdict),
    findings: plan.findings.map(({ code, severity, sentence, evidence, hint }) => ({
      code,
      severity,
      sentence,
      evidence: evidence.map(({ text }) => text),
      hint,
    })),
  };
}

/** What one of several ranks does with the tensor of a story. */
export function rankLine(rank: number, ranks: number, { summary, copies }: Story): string {
  const rows = copies.flatMap(({ dst, src }) => (src === undefined ? [] : [`${boxText(src)} -> ${boxText(dst)}`]));
  return printableLine(`rank ${rank} of ${ranks}: ${summary}${rows.length === 0 ? '' : ` ${rows.join(', ')}`}`);
}

function boxText(box: Story['copies'][number]['dst']): string {
  return `[${box.map(([start, end]) => `${start}:${end}`).join(', ')}]`;
}

export function storyText(story: Story): string {
  const ranges = (box: Story['copies'][number]['dst']) =>
    `[${box.map(([start, end]) => `${start}:${end}`).join(', ')}]`;
  const lines = [
    story.name,
    story.summary,
    '',
    ...story.steps.flatMap(({ rule, did, source }, at) => [`${at + 1}. ${rule}: ${did}`, `   ${source}`]),
    ...(story.rewritten === null ? [] : ['', `renamed to  ${story.rewritten}`]),
    ...(story.parameter === null
      ? []
      : [`goes into   ${story.parameter.name} [${story.parameter.shape.join(', ')}] ${story.parameter.dtype}`]),
    ...story.copies.map(({ dst, src, fill }) =>
      src === undefined ? `fill        ${ranges(dst)} = ${fill}` : `copy        ${ranges(src)} -> ${ranges(dst)}`,
    ),
    `reported    ${story.reported.length === 0 ? 'nothing' : story.reported.map((name) => name ?? 'None').join(', ')}`,
  ];
  return `${lines.map(printableLine).join('\n')}\n`;
}

export function loadText(state: LoadState): string {
  const lines = [
    `loaded ${megabytes(state.bytesRead)} of ${state.tensorsDone} tensors into ${state.parametersTotal} parameters (${megabytes(state.parameterBytes)}) in ${(state.micros / 1000).toFixed(1)} ms: ${(state.bytesRead / 1000 / Math.max(1, state.micros)).toFixed(2)} GB/s with ${state.threads} threads`,
    ...state.groups.map(
      ({ kind, tensors, bytes, label }) =>
        `${kind.padEnd(8)} ${String(tensors).padStart(7)} tensors ${megabytes(bytes).padStart(12)}  ${label}`,
    ),
  ];
  return `${lines.map(printableLine).join('\n')}\n`;
}

export function generateText(state: DecodeState, steps: readonly DecodeStep[]): string {
  const shown = state.text === '' ? `token ids: ${state.outputIds.join(', ')}` : state.text;
  const lines = [printableText(shown)];
  const { temperature, seed } = state.sampling;
  if (temperature > 0) lines.push('', `sampled at temperature ${temperature} with seed ${seed}`);
  const last = steps.at(-1)?.counters;
  if (last !== undefined && last.drafted > 0) lines.push('', metricsLine(last, state.totalMicros / 1e6));
  return `${lines.join('\n')}\n`;
}

/** Field names as in the recorded runs of the demo checkpoint. */
export function generateRecord(state: DecodeState, steps: readonly DecodeStep[]): Readonly<Record<string, unknown>> {
  const last = steps.at(-1)?.counters;
  const sampled = state.sampling.temperature > 0;
  return {
    prompt_ids: state.promptIds,
    output_ids: state.outputIds,
    text: state.text,
    steps: steps.map((step) => ({
      context_len: step.contextLen,
      draft_ids: step.draftIds,
      main_ids: step.targetIds,
      accepted: step.accepted,
      next_id: step.nextId,
      kind: step.kind,
      // What decided, where the run was not greedy.
      ...(sampled ? { target_probs: step.targetProbabilities, uniform: step.uniforms } : {}),
    })),
    metrics: {
      num_steps: last?.numSteps ?? 0,
      drafted: last?.drafted ?? 0,
      accepted: last?.accepted ?? 0,
      accepted_at_least: last?.acceptedAtLeast ?? new Array<number>(state.numSpeculativeTokens).fill(0),
    },
    ...(sampled ? { sampling: samplingRecord(state) } : {}),
    predictor: state.predictor === 'modules' ? 'modules' : 'reference-engine',
    alternatives: state.alternatives,
  };
}

function samplingRecord({ sampling: { temperature, topK, topP, seed } }: DecodeState): unknown {
  return { temperature, top_k: topK, top_p: topP, seed };
}

function megabytes(bytes: number): string {
  if (bytes > 0 && bytes < 1e5) return `${(bytes / 1e3).toFixed(2)} kB`;
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(2)} GB` : `${(bytes / 1e6).toFixed(2)} MB`;
}
