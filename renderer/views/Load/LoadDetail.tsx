import { memo, useMemo, useState } from 'react';
import type { Checkpoint, LoadState } from '../../../electron/common/contract.ts';
import type { LaneKey, LaneRead } from '../../../electron/common/readLanes.ts';
import {
  formatByteRate,
  formatBytes,
  formatCountOf,
  formatMicros,
  formatMicrosTick,
  formatPercent,
} from '../../format.ts';
import { type LoadDetailState, moduleOfParameter } from '../../stores/loadDetailStore.ts';
import { type LoadLanes, loadLanes } from '../../stores/loadLanes.ts';
import { FillMap } from '../../widgets/FillMap.tsx';
import { Panel } from '../../widgets/Panel.tsx';
import { Segments } from '../../widgets/Segments.tsx';
import { type TimeLane, TimeLanes } from '../../widgets/TimeLanes.tsx';

const laneChoices = [
  { value: 'file', label: 'by file', title: 'One lane a file; shade: reader thread' },
  { value: 'thread', label: 'by thread', title: 'One lane a reader thread; shade changes with the file' },
] as const;

/** Parameters filling up, and which file was read when by which thread. */
export const LoadDetail = memo(function LoadDetail(props: {
  checkpoint: Checkpoint;
  load: LoadState | null;
  detail: LoadDetailState;
}) {
  const { checkpoint, load } = props;
  const [by, setBy] = useState<LaneKey>('file');
  const { run, pieces, parameters, filled } = props.detail;
  const items = useMemo(
    () =>
      (parameters?.names ?? []).map((name, at) => ({
        name,
        group: moduleOfParameter(name),
        value: parameters?.bytes[at] ?? 0,
      })),
    [parameters],
  );
  const found = useMemo(() => loadLanes(checkpoint, pieces, by), [checkpoint, pieces, by]);
  const drawn = useMemo(() => timeLanes(checkpoint, found), [checkpoint, found]);
  if (load === null || run !== load.run || drawn.length === 0) return <NoDetail load={load} />;
  return (
    <div className="loadDetail">
      <Panel title="Parameters by bytes, filling up" aside="target/ and mtp/, by layer">
        <FillMap
          label="Parameters by bytes, filled as they are read"
          testId="load-map"
          items={items}
          filled={filled}
          describe={(at) =>
            `${items[at]?.name}: ${formatBytes(filled[at] ?? 0)} of ${formatBytes(items[at]?.value ?? 0)} (${formatPercent((filled[at] ?? 0) / Math.max(1, items[at]?.value ?? 0))})`
          }
        />
      </Panel>
      <Panel title="Reads over time" aside={`shade: ${by === 'file' ? 'reader thread' : 'file'}`}>
        <TimeLanes
          label={`Reads over time, one lane a ${by}`}
          testId="load-lanes"
          lanes={drawn}
          whole={found.whole}
          formatTime={formatMicrosTick}
          describe={(lane, read) => readWords(checkpoint, found.lanes[lane]?.reads[read])}
        >
          <Segments label="One lane for every" labelHidden options={laneChoices} value={by} onChange={setBy} />
        </TimeLanes>
      </Panel>
    </div>
  );
});

function timeLanes(checkpoint: Checkpoint, { by, lanes, names }: LoadLanes): TimeLane[] {
  const other = by === 'file' ? 'thread' : 'file';
  return lanes.map(({ id, bytes, reads }, at) => ({
    name: names[at] ?? '',
    title: `${(by === 'file' && checkpoint.files[id]?.name) || names[at]}: ${formatCountOf(reads.length, 'read')}, ${formatBytes(bytes)}, ${formatCountOf(new Set(reads.map((read) => read[other])).size, other)}`,
    spans: reads.map((read) => ({ begin: read.begin, end: read.end, kind: read[other] })),
  }));
}

function readWords({ files }: Checkpoint, read: LaneRead | undefined): string {
  if (read === undefined) return '';
  const { file, thread, begin, end, bytes } = read;
  return `${files[file]?.name ?? file} · thread ${thread} · ${formatBytes(bytes)} · ${formatMicros(begin)} – ${formatMicros(end)} · ${formatByteRate(bytes, end - begin)}`;
}

/** Keeps the room of what will be drawn, so that nothing jumps when the first read is told. */
function NoDetail({ load }: { load: LoadState | null }) {
  const over = load !== null && load.status !== 'running';
  return (
    <div className="loadDetail">
      <Panel title="Parameters by bytes, filling up">
        <p className="detailPlace">{over ? 'Nothing was filled.' : 'Each parameter fills as it is read.'}</p>
      </Panel>
      <Panel title="Reads over time">
        <p className="detailPlace">{over ? 'Nothing was read.' : 'Which file was read when, by which thread.'}</p>
      </Panel>
    </div>
  );
}
