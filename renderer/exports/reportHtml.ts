/**
 * The whole report as one HTML file: opens without a network, has no script, follows the reader's light or dark theme.
 * Everything that comes from a checkpoint is escaped.
 */
import type { Checkpoint, DecodeState, DecodeStep, Placement, Plan } from '../../electron/common/contract.ts';
import { severities } from '../../electron/common/schemas/plan.ts';
import { formatBytes, formatCount, formatCountOf, formatNumber } from '../format.ts';
import { definitions, html, type Markup } from './html.ts';
import type { LoadFacts } from './loadReport.ts';
import { loadSection } from './reportLoad.ts';
import { acceptanceSection, placementSection } from './reportRuns.ts';
import { reportStyle } from './reportStyle.ts';

export interface ReportFacts {
  readonly version: string;
  readonly writtenAt: Date;
  readonly checkpoint: Checkpoint;
  readonly plan: Plan;
  /** Left out where they are null. */
  readonly placement: Placement | null;
  readonly load: LoadFacts | null;
  readonly decode: { readonly run: DecodeState; readonly steps: readonly DecodeStep[] } | null;
}

const mostEvidence = 40;
const mostFiles = 400;

export function reportHtml(facts: ReportFacts): string {
  const { version, writtenAt, checkpoint, plan, placement, load, decode } = facts;
  const title = `${checkpoint.name}: what ${plan.reference} would load`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${reportStyle}</style>
</head>
<body>
<header><p class="muted">What ${plan.reference} would load, by Draftscope ${version}, ${utcMinute(writtenAt)}</p><h1>${checkpoint.name}</h1>
<p class="verdict ${plan.verdict.level}">${plan.verdict.sentence}</p>
<p class="muted">${inShort(checkpoint, plan)}</p></header>
<main>
${findingsSection(plan)}
${setUpSection(plan)}
${sourcesSection(checkpoint)}
${cardSection(checkpoint)}
${rulesSection(plan)}
${placement === null ? null : placementSection(placement)}
${load === null ? null : loadSection(checkpoint, load)}
${decode === null ? null : acceptanceSection(decode.run, decode.steps)}
${filesSection(checkpoint)}
</main>
</body>
</html>
`.text;
}

/** "2026-11-25 16:05 UTC" */
function utcMinute(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function inShort({ totals, files }: Checkpoint, { findings }: Plan): string {
  const counts = severities.map((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return `${formatCount(count)} ${severity}`;
  });
  return `${formatCountOf(totals.tensors, 'tensor')}, ${formatBytes(totals.bytes)} in ${formatCountOf(files.length, 'file')}; findings: ${counts.join(', ')}`;
}

function findingsSection(plan: Plan): Markup {
  const findings = severities.flatMap((severity) => plan.findings.filter((finding) => finding.severity === severity));
  return html`<section id="findings"><h2>Findings (${findings.length})</h2>
${findings.length === 0 ? html`<p>Every tensor is loaded or skipped as the reference loader intends.</p>` : null}
${findings.map(
  ({ severity, code, sentence, hint, evidence }) => html`<article class="finding ${severity}">
<h3><span class="severity">${severity}</span> ${sentence} <code>${code}</code></h3>
<p>${hint}</p>
<ul>${evidence.slice(0, mostEvidence).map(({ text }) => html`<li><code>${text}</code></li>`)}
${evidence.length > mostEvidence ? html`<li>and ${formatCount(evidence.length - mostEvidence)} more</li>` : null}</ul>
</article>
`,
)}</section>`;
}

function setUpSection({ parallel, placement }: Plan): Markup {
  const rows: readonly (readonly [string, string | number])[] = [
    ['tensor-parallel size', parallel.tensorParallelSize],
    ['data-parallel size', parallel.dataParallelSize],
    ['rank looked at', parallel.rank],
    ['expert parallelism', placement.useExpertParallel ? 'on' : 'off'],
    ['expert placement', placement.policy === 'linear' ? 'linear' : 'round robin'],
    ['redundant experts', parallel.numRedundantExperts],
    ['EPLB', parallel.enableEplb ? 'on' : 'off'],
    ['all2all backend', parallel.all2allBackend],
    ['AITER fused experts', parallel.aiterFusedMoe ? 'on' : 'off'],
    ['fused shared experts', parallel.aiterFusedSharedExperts ? 'on' : 'off'],
  ];
  return html`<section id="set-up"><h2>Set-up</h2>${definitions(rows)}
${placement.notes.map((note) => html`<p>${note}</p>`)}</section>`;
}

function sourcesSection({ sources }: Checkpoint): Markup {
  const cell = (row: Checkpoint['sources'][number], source: 'config' | 'index' | 'headers' | 'quantisation') =>
    row.disagrees.includes(source)
      ? html`<td class="differs">${row[source] ?? '–'} (differs)</td>`
      : html`<td>${row[source] ?? '–'}</td>`;
  return html`<section id="sources"><h2>Sources side by side</h2><div class="wide"><table>
<thead><tr><th></th><th>config.json</th><th>index</th><th>headers</th><th>quantisation list</th></tr></thead>
<tbody>${sources.map(
    (
      row,
    ) => html`<tr><th scope="row">${row.label}</th>${cell(row, 'config')}${cell(row, 'index')}${cell(row, 'headers')}${cell(row, 'quantisation')}</tr>
`,
  )}</tbody></table></div></section>`;
}

function cardSection({ card, totals, parts }: Checkpoint): Markup {
  return html`<section id="model"><h2>Model</h2>
${definitions(card.map(({ group, label, value }) => [`${group}: ${label}`, value] as const))}
<p>${formatCountOf(totals.tensors, 'tensor')}, ${formatBytes(totals.bytes)}</p>
${definitions(parts.map(({ label, bytes, tensors }) => [label, `${formatBytes(bytes)} in ${formatCountOf(tensors, 'tensor')}`] as const))}</section>`;
}

function rulesSection({ rules, totals, parallel }: Plan): Markup {
  return html`<section id="rules"><h2>Rules of the loader, in the order in which they are tried (rank ${parallel.rank})</h2>
<p>${(['loaded', 'skipped', 'error'] as const)
    .map((outcome) => {
      const word = outcome === 'error' ? 'would fail' : outcome;
      return `${formatCount(totals[outcome].tensors)} ${word} (${formatBytes(totals[outcome].bytes)})`;
    })
    .join(', ')}</p>
<div class="wide"><table><thead><tr><th>rule</th><th>outcome</th><th class="number">tensors</th><th class="number">bytes</th><th>what it does</th></tr></thead>
<tbody>${rules.map(
    ({ id, outcome, tensors, bytes, explain }) =>
      html`<tr><td><code>${id}</code></td><td>${outcome === 'error' ? 'would fail' : outcome}</td><td class="number">${formatCount(tensors)}</td><td class="number">${formatBytes(bytes)}</td><td>${explain}</td></tr>
`,
  )}</tbody></table></div></section>`;
}

function filesSection({ files }: Checkpoint): Markup {
  const more = files.length - mostFiles;
  const mean = files.reduce((sum, { bytes }) => sum + bytes, 0) / Math.max(1, files.length);
  return html`<section id="files"><h2>Files (${formatCount(files.length)}, ${formatNumber(mean / 1e9)} GB on average)</h2>
<div class="wide"><table><thead><tr><th>file</th><th class="number">tensors</th><th class="number">bytes</th></tr></thead>
<tbody>${files.slice(0, mostFiles).map(
    ({ name, tensors, bytes }) =>
      html`<tr><td><code>${name}</code></td><td class="number">${formatCount(tensors)}</td><td class="number">${formatCount(bytes)}</td></tr>
`,
  )}</tbody></table></div>${more > 0 ? html`<p>and ${formatCount(more)} more</p>` : null}</section>`;
}
