import type { BackendInfo, MemoryNeed } from '../../../electron/common/contract.ts';
import type { DeviceChoice } from '../../../electron/common/domain.ts';
import { formatBytes, formatBytesExact, formatCount, formatCountOf, listRanges } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';
import { fitOf } from '../../stores/memoryStore.ts';
import { barKinds, sumsByBarKind } from '../../stores/rankBytes.ts';
import { FailureBox } from '../../widgets/FailureBox.tsx';
import { FitBar } from '../../widgets/FitBar.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { Panel } from '../../widgets/Panel.tsx';
import { Segments } from '../../widgets/Segments.tsx';
import type { BarPart } from '../../widgets/StackedBar.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';
import { useMemoryNeed } from '../useMemoryNeed.ts';
import type { ViewProps } from '../viewProps.ts';

const fills = ['fill-part-3', 'fill-part-4', 'fill-part-0', 'fill-part-1', 'fill-part-2', 'fill-part-6'];
/** Kinds of ranks that are drawn; a set-up has a handful. */
const mostBars = 6;

/** What computes, what the set-up on screen needs of it, and whether that fits. */
export function DevicePanel({ stores, plan }: Pick<ViewProps, 'stores' | 'plan'>) {
  const { device, deviceFailure } = useStoreValue(stores.engine, (state) => state);
  const { need, failure } = useMemoryNeed(stores, plan);
  return (
    <Panel title="Device and memory" testId="device-panel" aside={<DeviceChoices stores={stores} />}>
      {/* Both answers come after the first picture: their room is kept, so that what lies below stays where it is. */}
      <div className="deviceRoom">
        <table className="plainTable deviceTable">
          <tbody>
            {device.backends.map((backend) => (
              <DeviceRow key={backend.id} backend={backend} isActive={backend.id === device.active} />
            ))}
          </tbody>
        </table>
        {deviceFailure && <FailureBox failure={deviceFailure} testId="device-failure" />}
        {failure && <FailureBox failure={failure} testId="memory-failure" />}
        {need && <Needs stores={stores} need={need} device={device.active} />}
      </div>
    </Panel>
  );
}

function DeviceChoices({ stores }: { stores: Stores }) {
  const { backends, choice } = useStoreValue(stores.engine, (state) => state.device);
  const choices: { value: string; choice: DeviceChoice; disabled: boolean; title: string }[] = [
    { value: 'auto', choice: { kind: 'auto' }, disabled: false, title: 'The first CUDA device, else the CPU' },
    ...backends.map(({ id, available, detail }) => ({
      value: id,
      choice: choiceOf(id),
      disabled: !available,
      title: detail,
    })),
  ];
  return (
    <Segments
      label="load and decode on"
      options={choices.map(({ value, disabled, title }) => ({ value, label: value, disabled, title }))}
      value={choice.kind === 'cuda' ? `cuda:${choice.index}` : choice.kind}
      onChange={(value) => {
        const chosen = choices.find((candidate) => candidate.value === value);
        if (chosen) void stores.engine.chooseDevice(chosen.choice);
      }}
    />
  );
}

function choiceOf(id: string): DeviceChoice {
  return id === 'cpu' ? { kind: 'cpu' } : { kind: 'cuda', index: Number(id.slice('cuda:'.length)) };
}

function DeviceRow({ backend, isActive }: { backend: BackendInfo; isActive: boolean }) {
  const { id, kind, available, name, instructions, driver, detail, threads, memoryFree, memoryTotal } = backend;
  if (!available) {
    return (
      <tr data-testid="device" data-device={id} data-available="false">
        <td className="mono muted">{kind}</td>
        <td className="muted" colSpan={2}>
          {detail}
        </td>
      </tr>
    );
  }
  const facts = [
    `${instructions} kernels`,
    ...(driver === '' ? [] : [`driver ${driver}`]),
    ...(threads > 0 ? [formatCountOf(threads, 'thread')] : []),
  ];
  return (
    <tr data-testid="device" data-device={id} data-available="true" aria-selected={isActive}>
      <td className="mono">{id}</td>
      <td>
        {name}
        <span className="muted">{`, ${facts.join(', ')}`}</span>
      </td>
      <td className="mono numeric" title={memoryTotal > 0 ? `${formatBytesExact(memoryFree)} free` : undefined}>
        {memoryTotal > 0 ? `${formatBytes(memoryFree)} of ${formatBytes(memoryTotal)} free` : 'memory unknown'}
      </td>
    </tr>
  );
}

interface NeedRow {
  readonly id: string;
  readonly label: string;
  readonly title?: string;
  readonly total: number;
  readonly parts: readonly BarPart[];
}

function Needs({ stores, need, device }: { stores: Stores; need: MemoryNeed; device: string | null }) {
  if (need.failure !== null) return <p className="muted fitNote">{need.failure}</p>;
  const fit = fitOf(need, device);
  const free = fit?.free ?? 0;
  const rows = [
    ...need.ranks.slice(0, mostBars).map(rankRow),
    ...(need.run ? [runRow(need.run, need.sharesTables)] : []),
  ];
  const scale = Math.max(free, ...rows.map(({ total }) => total));
  const tooLarge = free > 0 && need.ranks.some(({ total }) => total > free);
  const smaller = fit?.smaller ?? null;
  return (
    <>
      <table className="plainTable fitTable">
        <thead>
          <tr>
            <th scope="col">needs</th>
            <th scope="col">{free > 0 ? `of ${formatBytes(free)} that ${device} can give` : 'memory'}</th>
            <th scope="col" className="numeric">
              sum
            </th>
            <th scope="col">fits</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id} data-testid="need" data-need={row.id} title={row.title}>
              <td>{row.label}</td>
              <td className="fitCell">
                <FitBar label={row.label} parts={row.parts} scale={scale} free={free} freeFigure={formatBytes(free)} />
              </td>
              <td className="mono numeric" title={formatBytesExact(row.total)}>
                {formatBytes(row.total)}
              </td>
              <td>
                <Fits bytes={row.total} free={free} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <ul className="fitLegend">
        {legendOf(rows).map(({ label, fill }) => (
          <li key={label} className="fitKind">
            <span className={`swatch ${fill}`} />
            {label}
          </li>
        ))}
      </ul>
      <ShareTables stores={stores} need={need} />
      {need.notRunnable !== null && <p className="muted fitNote">{need.notRunnable}</p>}
      {tooLarge && smaller === null && (
        <p className="fitNote">No rank of any set-up that Draftscope tries fits this device.</p>
      )}
      {smaller && (
        <p className="fitNote" data-testid="would-fit">
          {`One of ${formatCount(smaller.ranks)} ranks (tp ${smaller.parallel.tensorParallelSize}, dp ${smaller.parallel.dataParallelSize}${smaller.parallel.enableExpertParallel ? ', expert parallelism' : ''}) needs ${formatBytes(smaller.bytes)} and fits.`}
          <button type="button" className="button" onClick={() => void stores.plan.change(smaller.parallel)}>
            {`Set up ${formatCountOf(smaller.ranks, 'rank')}`}
          </button>
        </p>
      )}
    </>
  );
}

/** Only where the MTP layers have an embedding or head of their own. */
function ShareTables({ stores, need }: { stores: Stores; need: MemoryNeed }) {
  const saved = Math.max(need.run?.ownTables ?? 0, ...need.ranks.map(({ ownTables }) => ownTables));
  if (saved === 0) return null;
  return (
    <label
      className="field fitNote"
      title="The reference replaces the MTP layers' own by the target's once it has loaded. Loaded that way, they are neither read nor kept; drafts of the predictor &quot;modules&quot; change only where the two differ."
    >
      <input
        type="checkbox"
        checked={need.sharesTables}
        onChange={(event) => void stores.memory.share(event.target.checked)}
      />
      MTP layers use the target's embedding and head
      <span className="muted mono">{`${need.sharesTables ? 'saves' : 'would save'} ${formatBytes(saved)}`}</span>
    </label>
  );
}

/** The parts that some row has, each once, in the order of the rows. */
function legendOf(rows: readonly NeedRow[]): BarPart[] {
  const parts = rows.flatMap((row) => row.parts).filter(({ value }) => value > 0);
  return parts.filter(({ id }, at) => parts.findIndex((other) => other.id === id) === at);
}

function Fits({ bytes, free }: { bytes: number; free: number }) {
  if (free === 0) return <span className="muted">unknown</span>;
  const fits = bytes <= free;
  return (
    <span className={`fitVerdict ${fits ? '' : 'isTooLarge'}`}>
      <Icon name={fits ? 'loaded' : 'blocker'} size={14} />
      {fits ? 'fits' : 'too large'}
    </span>
  );
}

function rankRow({ ranks, target, drafter, total, byKind }: MemoryNeed['ranks'][number]): NeedRow {
  const label = `${ranks.length === 1 ? 'rank' : 'ranks'} ${listRanges(ranks)}${ranks.length === 1 ? '' : ', each'}`;
  return {
    id: label,
    label,
    title: `target ${formatBytes(target)}, drafter ${formatBytes(drafter)}`,
    total,
    parts: kindParts(byKind),
  };
}

function kindParts(byKind: Float64Array): BarPart[] {
  return sumsByBarKind(byKind).map((value, at) => ({
    id: barKinds[at]?.label ?? '',
    label: barKinds[at]?.label ?? '',
    value,
    figure: formatBytes(value),
    fill: fills[at] ?? 'fill-none',
  }));
}

function runRow(run: NonNullable<MemoryNeed['run']>, sharesTables: boolean): NeedRow {
  const part = (label: string, value: number, fill: string): BarPart => ({
    id: label,
    label,
    value,
    figure: formatBytes(value),
    fill,
  });
  return {
    id: 'run',
    label: `to run, ${formatCount(run.rows)} tokens`,
    title:
      run.ownTables > 0 && !sharesTables
        ? `Of the weights, ${formatBytes(run.ownTables)} are the MTP layers' own copies of embedding and head`
        : undefined,
    total: run.total,
    parts: [
      part('weights', run.weights, 'fill-held'),
      part('KV cache', run.cache, 'fill-part-7'),
      part('activations', run.activations, 'fill-part-5'),
    ],
  };
}
