import { useEffect, useMemo } from 'react';
import type { Checkpoint, LoadState } from '../../../electron/common/contract.ts';
import { formatBytes, formatCountOf, formatMicros, formatPercent } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';
import { lanesOf, moduleOfParameter } from '../../stores/loadDetailStore.ts';
import { shortFileNames } from '../../stores/mappingFlow.ts';
import { FillMap } from '../../widgets/FillMap.tsx';
import { Panel } from '../../widgets/Panel.tsx';
import { TimeLanes } from '../../widgets/TimeLanes.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';
import { useThrottled } from '../../widgets/useThrottled.ts';

/** Parameters filling up, and which file was read when by which thread. */
export function LoadDetail(props: { stores: Stores; checkpoint: Checkpoint; load: LoadState; theme: string }) {
  const { stores, checkpoint, load, theme } = props;
  const state = useStoreValue(stores.loadDetail, (value) => value);
  const { run, pieces, parameters, filled } = useThrottled(state, load.status === 'running');
  useEffect(() => void stores.loadDetail.catchUp(load.run), [stores, load.run]);
  const items = useMemo(
    () =>
      (parameters?.names ?? []).map((name, at) => ({
        name,
        group: moduleOfParameter(name),
        value: parameters?.bytes[at] ?? 0,
      })),
    [parameters],
  );
  const lanes = useMemo(() => {
    const names = shortFileNames(checkpoint.files.map(({ name }) => name));
    return lanesOf(pieces).map(({ file, bytes, reads }) => ({
      name: names[file] ?? String(file),
      title: `${checkpoint.files[file]?.name}: ${formatCountOf(reads.length, 'read')}, ${formatBytes(bytes)}, by ${formatCountOf(new Set(reads.map(({ thread }) => thread)).size, 'thread')}`,
      spans: reads.map(({ begin, end, thread }) => ({ begin, end, kind: thread })),
    }));
  }, [pieces, checkpoint]);
  const until = useMemo(
    () => lanes.reduce((most, { spans }) => spans.reduce((last, { end }) => Math.max(last, end), most), 0),
    [lanes],
  );
  if (run !== load.run || lanes.length === 0) return null;
  return (
    <div className="loadDetail">
      <Panel title="Parameters by bytes, filling up" aside="target/ and mtp/, by layer">
        <FillMap
          label="Parameters by bytes, filled as they are read"
          testId="load-map"
          items={items}
          filled={filled}
          themeKey={theme}
          describe={(at) =>
            `${items[at]?.name}: ${formatBytes(filled[at] ?? 0)} of ${formatBytes(items[at]?.value ?? 0)} (${formatPercent((filled[at] ?? 0) / Math.max(1, items[at]?.value ?? 0))})`
          }
        />
      </Panel>
      <Panel title="Reads, one lane a file" aside="shade: reader thread">
        <TimeLanes
          label="Reads of every file over time"
          testId="load-lanes"
          lanes={lanes}
          until={until}
          from="0 ms"
          to={formatMicros(until)}
          themeKey={theme}
        />
      </Panel>
    </div>
  );
}
