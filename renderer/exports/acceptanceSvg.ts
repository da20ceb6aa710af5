/** How drafts fared as a drawing that needs nothing else: acceptance by position, and the mean acceptance length over the steps. */
import { formatCount, formatNumber, formatPercent, ticksWithin } from '../format.ts';
import { html, type Markup } from './html.ts';

export interface PositionRate {
  /** From 1. */
  readonly position: number;
  readonly accepted: number;
  /** Steps that drafted. */
  readonly steps: number;
  readonly rate: number;
}

export interface MeanAtStep {
  /** From 1. */
  readonly step: number;
  /** 1 + accepted / drafts of all steps until then. */
  readonly mean: number;
}

const plot = { width: 380, height: 200, left: 52, top: 44, gap: 80 } as const;
const whole = { width: 2 * (plot.left + plot.width) + plot.gap - 40, height: plot.top + plot.height + 48 } as const;
/** As accepted drafts are in the light theme, and grey lines for white paper. */
const colours = { accepted: '#00795b', line: '#b9bfc9' } as const;

/** @param k drafts a step: the mean acceptance length is at most one more */
export function acceptanceSvg(
  title: string,
  k: number,
  bars: readonly PositionRate[],
  means: readonly MeanAtStep[],
): string {
  const drawn = html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${whole.width} ${whole.height}" width="${whole.width}" height="${whole.height}" font-family="monospace" font-size="10" role="img">
<title>${title}</title><rect width="100%" height="100%" fill="#ffffff"/><text x="4" y="14" font-size="12">${title}</text>
<g transform="translate(${plot.left} ${plot.top})">${positions(bars)}</g>
<g transform="translate(${2 * plot.left + plot.width + plot.gap - 40} ${plot.top})">${lengths(k, means)}</g>
</svg>
`;
  return drawn.text;
}

const fixed = (value: number) => Number(value.toFixed(2));
const heightOf = (share: number) => fixed(plot.height * (1 - Math.max(0, Math.min(1, share))));

/** Lines across with their numbers, the name of the axis below and of what is drawn above. */
function frame(name: string, across: string, ticks: readonly { readonly share: number; readonly words: string }[]) {
  return html`<text x="0" y="-12" font-size="11">${name}</text>${ticks.map(
    ({ share, words }) =>
      html`<line x1="0" x2="${plot.width}" y1="${heightOf(share)}" y2="${heightOf(share)}" stroke="${colours.line}" stroke-width="0.5"/><text x="-6" y="${heightOf(share) + 3}" text-anchor="end">${words}</text>`,
  )}<text x="${plot.width / 2}" y="${plot.height + 34}" text-anchor="middle">${across}</text>`;
}

function positions(bars: readonly PositionRate[]): Markup {
  const room = plot.width / Math.max(1, bars.length);
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => ({ share, words: formatPercent(share) }));
  return html`${frame('accepted, of the steps that drafted', 'draft position', ticks)}${bars.map(
    ({ position, accepted, steps, rate }, at) =>
      html`<g><title>${`position ${position}: ${formatCount(accepted)} of ${formatCount(steps)}`}</title><rect x="${fixed((at + 0.2) * room)}" y="${heightOf(rate)}" width="${fixed(room * 0.6)}" height="${fixed(plot.height - heightOf(rate))}" fill="${colours.accepted}"/><text x="${fixed((at + 0.5) * room)}" y="${heightOf(rate) - 4}" text-anchor="middle">${formatPercent(rate)}</text><text x="${fixed((at + 0.5) * room)}" y="${plot.height + 14}" text-anchor="middle">${position}</text></g>`,
  )}`;
}

function lengths(k: number, means: readonly MeanAtStep[]): Markup {
  const last = means.at(-1);
  const most = Math.max(1, last?.step ?? 1);
  const x = (step: number) => fixed((plot.width * (step - 1)) / Math.max(1, most - 1));
  const shareOf = (mean: number) => (mean - 1) / Math.max(1, k);
  const ticks = Array.from({ length: Math.max(1, k) + 1 }, (_, at) => ({
    share: shareOf(at + 1),
    words: String(at + 1),
  }));
  const known = means.filter(({ mean }) => Number.isFinite(mean));
  return html`${frame('mean acceptance length, tokens a step', 'step', ticks)}<polyline points="${known.map(({ step, mean }) => `${x(step)},${heightOf(shareOf(mean))}`).join(' ')}" fill="none" stroke="${colours.accepted}" stroke-width="1.5"/>
${ticksWithin(1, most, 6).map((step) => html`<text x="${x(step)}" y="${plot.height + 14}" text-anchor="middle">${step}</text>`)}${
  last === undefined
    ? null
    : html`<text x="${plot.width}" y="-12" text-anchor="end">${formatNumber(last.mean)} after ${formatCount(last.step)}</text>`
}`;
}
