/** The parts of the report about ranks and about a decode. */
import { acceptanceRate, meanAcceptanceLength, ratesByPosition } from '../../electron/common/acceptanceMetrics.ts';
import type { DecodeState, DecodeStep, Placement } from '../../electron/common/contract.ts';
import { formatBytes, formatCount, formatMicros, formatNumber, formatPercent, formatPerSecond } from '../format.ts';
import { html, type Markup } from './html.ts';

const mostRanks = 512;

export function placementSection(placement: Placement): Markup {
  const { numRanks, slots, drafter, target, policy, mismatches } = placement;
  const more = numRanks - mostRanks;
  const ranks = Array.from({ length: Math.min(numRanks, mostRanks) }, (_, rank) => rank);
  const wrong = mismatches.drafter.length;
  return html`<section id="placement"><h2>Placement (${formatCount(numRanks)} ${numRanks === 1 ? 'rank' : 'ranks'})</h2>
<p>Imbalance, largest by mean: drafter ${formatNumber(drafter.imbalance)}, target ${formatNumber(target.imbalance)}.
${policy.reason === null ? null : html`${policy.reason}`}
${wrong === 0 ? null : html`<strong>${formatCount(wrong)} expert rows of the drafter hold other weights than those that tokens are sent for.</strong>`}</p>
<div class="wide"><table><thead><tr><th class="number">rank</th><th>experts</th><th class="number">drafter</th><th class="number">target</th></tr></thead>
<tbody>${ranks.map(
    (rank) =>
      html`<tr><td class="number">${rank}</td><td>${rangesOf(slots.routed.subarray(slots.start[rank], slots.start[rank + 1]))}</td><td class="number">${formatBytes(drafter.total[rank] ?? 0)}</td><td class="number">${formatBytes(target.total[rank] ?? 0)}</td></tr>
`,
  )}</tbody></table></div>${more > 0 ? html`<p>and ${formatCount(more)} more</p>` : null}</section>`;
}

/** [0, 1, 2, 8] -> "0–2, 8", in the order given. */
export function rangesOf(ids: ArrayLike<number>): string {
  const parts: string[] = [];
  for (let at = 0; at < ids.length; at += 1) {
    const first = ids[at] ?? 0;
    let last = first;
    while (at + 1 < ids.length && ids[at + 1] === last + 1) {
      at += 1;
      last += 1;
    }
    parts.push(first === last ? String(first) : `${first}–${last}`);
  }
  return parts.length === 0 ? 'none' : parts.join(', ');
}

export function acceptanceSection(run: DecodeState, steps: readonly DecodeStep[]): Markup {
  const counters = steps.at(-1)?.counters;
  const sampling =
    run.sampling.temperature === 0
      ? 'greedy'
      : `temperature ${run.sampling.temperature}, top-k ${run.sampling.topK}, top-p ${run.sampling.topP}, seed ${run.sampling.seed}`;
  return html`<section id="decode"><h2>Decode</h2>
<p>${run.status}, ${run.predictor === 'modules' ? 'one MTP layer per position' : 'the first MTP layer for every position'}, k ${run.numSpeculativeTokens}, ${sampling}; ${formatCount(run.outputIds.length)} tokens in ${formatMicros(run.totalMicros)} (${formatPerSecond(run.outputIds.length, run.totalMicros)} tokens/s).</p>
${run.failure === null ? null : html`<p class="differs">${run.failure.message} ${run.failure.hint}</p>`}
${
  counters === undefined
    ? null
    : html`<p>Mean acceptance length ${formatNumber(meanAcceptanceLength(counters))}; ${formatPercent(acceptanceRate(counters))} of ${formatCount(counters.drafted)} drafts accepted in ${formatCount(counters.numSteps)} steps.</p>
<table><thead><tr><th class="number">draft position</th><th class="number">accepted</th></tr></thead><tbody>${ratesByPosition(
        counters,
      ).map(
        (rate, at) => html`<tr><td class="number">${at + 1}</td><td class="number">${formatPercent(rate)}</td></tr>`,
      )}</tbody></table>`
}
<h3>Prompt</h3><pre>${run.prompt}</pre><h3>Text</h3><pre>${run.text}</pre></section>`;
}
