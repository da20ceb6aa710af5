/** The part of the report about a load: totals, the machine's plain reads beside it, what every file and reader did. */
import type { Checkpoint, LoadState } from '../../electron/common/contract.ts';
import { type LaneKey, lanesOf, sumsOf } from '../../electron/common/readLanes.ts';
import { formatByteRate, formatBytes, formatCount, formatCountOf, formatMicros, formatPercent } from '../format.ts';
import { definitions, html, type Markup } from './html.ts';
import { lanesSvg, namedLanes } from './lanesSvg.ts';
import { type LoadFacts, rateOf } from './loadReport.ts';

/** More lanes than anybody scrolls through; the sums are in the table all the same. */
const mostLanes = 100;
const mostFiles = 400;

export function loadSection(checkpoint: Checkpoint, { load, ceiling, reads }: LoadFacts): Markup {
  const micros = load.micros - load.pausedMicros;
  const rate = rateOf({ bytes: load.bytesRead, micros });
  const plain = ceiling === null ? null : rateOf(ceiling);
  const lanes = lanesOf(reads, 'file');
  return html`<section id="load"><h2>Load</h2>${definitions([
    ['result', load.status],
    ['rank', load.parallel.rank],
    ['backend', load.backend],
    ['reader threads', load.threads],
    ['tensors', `${formatCount(load.tensorsDone)} of ${formatCount(load.tensorsTotal)}`],
    ['bytes', `${formatBytes(load.bytesRead)} of ${formatBytes(load.bytesTotal)}`],
    ['time', formatMicros(micros)],
    ...(load.pausedMicros > 0 ? [['paused', formatMicros(load.pausedMicros)] as const] : []),
    ['rate', formatByteRate(load.bytesRead, micros)],
    ...(ceiling === null
      ? []
      : [
          [
            `plain reads, ${formatCountOf(ceiling.readers, 'reader')}`,
            formatByteRate(ceiling.bytes, ceiling.micros),
          ] as const,
        ]),
    ...(rate === null || plain === null ? [] : [['of plain reads', formatPercent(rate / plain)] as const]),
  ])}
${load.failure === null ? null : html`<p class="differs">${load.failure.message} ${load.failure.hint}</p>`}
${groupsTable(load.groups)}
${lanes.length === 0 ? null : html`<h3>Reads over time, one row a file; shade: reader thread</h3><div class="wide">${lanesSvg('Reads by file', namedLanes(checkpoint, lanes.slice(0, mostLanes), 'file'))}</div>`}
${sumsTable(checkpoint, reads, 'file')}
${sumsTable(checkpoint, reads, 'thread')}</section>`;
}

function groupsTable(groups: LoadState['groups']): Markup {
  return html`<div class="wide"><table><thead><tr><th>group</th><th class="number">tensors</th><th class="number">bytes</th></tr></thead><tbody>
${groups.map(
  ({
    label,
    tensors,
    bytes,
    doneTensors,
    doneBytes,
  }) => html`<tr><td>${label}</td><td class="number">${formatCount(doneTensors)} of ${formatCount(tensors)}</td><td class="number">${formatBytes(doneBytes)} of ${formatBytes(bytes)}</td></tr>
`,
)}</tbody></table></div>`;
}

function sumsTable(checkpoint: Checkpoint, reads: LoadFacts['reads'], by: LaneKey): Markup | null {
  const lanes = lanesOf(reads, by);
  if (lanes.length === 0) return null;
  const other = by === 'file' ? 'threads' : 'files';
  const more = lanes.length - mostFiles;
  return html`<div class="wide"><table><thead><tr><th>${by}</th><th class="number">bytes</th><th class="number">reads</th><th class="number">${other}</th><th class="number">first</th><th class="number">last</th><th class="number">while reading</th></tr></thead><tbody>
${lanes.slice(0, mostFiles).map((lane) => {
  const { id, bytes, reads: count, others, firstMicros, lastMicros, busyMicros } = sumsOf(lane, by);
  const name = by === 'file' ? (checkpoint.files[id]?.name ?? String(id)) : String(id);
  return html`<tr><td><code>${name}</code></td><td class="number">${formatBytes(bytes)}</td><td class="number">${formatCount(count)}</td><td class="number">${others}</td><td class="number">${formatMicros(firstMicros)}</td><td class="number">${formatMicros(lastMicros)}</td><td class="number">${formatByteRate(bytes, busyMicros)}</td></tr>
`;
})}</tbody></table></div>${more > 0 ? html`<p>and ${formatCount(more)} more</p>` : null}`;
}
