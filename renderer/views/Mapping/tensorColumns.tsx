import type { Checkpoint, Plan } from '../../../electron/common/contract.ts';
import { formatBytes, formatBytesExact, formatShape, shortFileNames } from '../../format.ts';
import { dtypeOf, shapeOf } from '../../stores/tensorFacts.ts';
import { LongName } from '../../widgets/LongName.tsx';
import { OutcomeMark } from '../../widgets/OutcomeMark.tsx';
import type { Column } from '../../widgets/VirtualTable.tsx';

export const outcomeNames = ['loaded', 'skipped', 'error'] as const;

/** Slot and expert that a tensor fills: "w3 · 137". */
export function slotText(plan: Plan, tensor: number): string {
  const slot = plan.slotNames[plan.tensors.slot[tensor] ?? -1] ?? '';
  const expert = plan.tensors.expert[tensor] ?? -1;
  return [slot, expert < 0 ? '' : String(expert)].filter((text) => text !== '').join(' · ');
}

/**
 * What both the list and the tree show about a tensor, beside its name.
 * @param tensorAt tensor of a row; null for a row that is a module
 */
export function tensorColumns(
  checkpoint: Checkpoint,
  plan: Plan,
  tensorAt: (row: number) => number | null,
): Record<'dtype' | 'shape' | 'rule' | 'parameter' | 'slot' | 'file', Column> {
  const { tensors, files } = checkpoint;
  const shortNames = shortFileNames(files.map(({ name }) => name));
  const fileWidth = Math.max(4, ...shortNames.map((name) => name.length));
  const cell = (content: (tensor: number) => React.ReactNode) => (row: number) => {
    const tensor = tensorAt(row);
    return tensor === null ? null : content(tensor);
  };
  return {
    dtype: {
      id: 'dtype',
      title: 'dtype',
      track: '62px',
      from: 800,
      sortable: true,
      cell: cell((tensor) => <span className="mono">{dtypeOf(tensors, tensor)}</span>),
    },
    shape: {
      id: 'shape',
      title: 'shape',
      track: '112px',
      from: 980,
      numeric: true,
      sortable: true,
      cell: cell((tensor) => <span className="mono">{formatShape(shapeOf(tensors, tensor))}</span>),
    },
    rule: {
      id: 'rule',
      title: 'rule',
      track: 'minmax(76px, 2.4fr)',
      from: 700,
      sortable: true,
      cell: cell((tensor) => {
        const id = plan.rules[plan.tensors.rule[tensor] ?? -1]?.id ?? '';
        // The mark in front tells skipped and failed ones; the words that differ get the room.
        return (
          <span className="mono" title={id}>
            {id.replace(/^(skip|error):/, '')}
          </span>
        );
      }),
    },
    parameter: {
      id: 'parameter',
      title: '→ parameter',
      track: 'minmax(120px, 3fr)',
      sortable: true,
      cell: cell((tensor) => <LongName name={plan.parameters[plan.tensors.parameter[tensor] ?? -1]?.name ?? ''} />),
    },
    slot: {
      id: 'slot',
      title: 'slot, expert',
      track: '80px',
      sortable: true,
      cell: cell((tensor) => <span className="mono">{slotText(plan, tensor)}</span>),
    },
    file: {
      id: 'file',
      title: 'file',
      track: `${Math.min(160, Math.max(44, fileWidth * 7.4 + 6))}px`,
      from: 560,
      sortable: true,
      cell: cell((tensor) => {
        const file = tensors.file[tensor] ?? -1;
        return (
          <span className="mono" title={files[file]?.name ?? 'named by the index, found in no file'}>
            {file < 0 ? 'none' : shortNames[file]}
          </span>
        );
      }),
    },
  };
}

export function bytesCell(bytes: number) {
  return (
    <span className="mono" title={formatBytesExact(bytes)}>
      {formatBytes(bytes)}
    </span>
  );
}

export function outcomeCell(plan: Plan, tensor: number) {
  return <OutcomeMark short outcome={outcomeNames[plan.tensors.outcome[tensor] ?? 2] ?? 'error'} />;
}
