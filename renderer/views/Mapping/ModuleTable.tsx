import { useMemo, useState } from 'react';
import type { Checkpoint, Plan } from '../../../electron/common/contract.ts';
import { formatCount } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';
import { type ModuleTotals, modulesAbove, moduleTotals, moduleTree, treeRows } from '../../stores/moduleTree.ts';
import { Icon } from '../../widgets/Icon.tsx';
import { LongName } from '../../widgets/LongName.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';
import { type Column, VirtualTable } from '../../widgets/VirtualTable.tsx';
import { bytesCell, outcomeCell, outcomeNames, tensorColumns } from './tensorColumns.tsx';

const indent = 16;

/** The shown tensors folded by module, with the outcomes of everything below each. */
export function ModuleTable(props: { stores: Stores; checkpoint: Checkpoint; plan: Plan; rows: Uint32Array }) {
  const { stores, checkpoint, plan, rows } = props;
  const open = useStoreValue(stores.mapping, (state) => state.openModules);
  const selectedTensor = useStoreValue(stores.selection, ({ selection }) =>
    selection.kind === 'tensor' ? selection.tensor : -1,
  );
  const [selectedModule, selectModule] = useState('');
  const tree = useMemo(() => moduleTree(checkpoint.tensors.names), [checkpoint]);
  const totals = useMemo(
    () => moduleTotals(tree, rows, checkpoint.tensors.bytes, plan.tensors.outcome),
    [tree, rows, checkpoint, plan],
  );
  const shown = useMemo(() => treeRows(tree, rows, totals, open), [tree, rows, totals, open]);
  const selected = useMemo(() => {
    const module = shown.findIndex((row) => row.kind === 'module' && tree.paths[row.node] === selectedModule);
    if (module >= 0) return module;
    const tensor = shown.findIndex((row) => row.kind === 'tensor' && row.tensor === selectedTensor);
    if (tensor >= 0 || selectedTensor < 0) return tensor;
    // Its module is folded: the innermost one in sight stands for it.
    const above = new Set(modulesAbove(tree, selectedTensor));
    return shown.findLastIndex((row) => row.kind === 'module' && above.has(tree.paths[row.node] ?? ''));
  }, [shown, tree, selectedModule, selectedTensor]);

  const pathOf = (row: number) => {
    const at = shown[row];
    return at?.kind === 'module' ? (tree.paths[at.node] ?? '') : '';
  };
  const columns = useMemo<Column[]>(() => {
    const tensorAt = (row: number) => {
      const at = shown[row];
      return at?.kind === 'tensor' ? at.tensor : null;
    };
    const common = tensorColumns(checkpoint, plan, tensorAt);
    return [
      {
        id: 'name',
        title: 'module or tensor',
        track: 'minmax(200px, 7fr)',
        cell: (row) => {
          const at = shown[row];
          if (!at) return null;
          const style = { paddingLeft: at.level * indent };
          if (at.kind === 'tensor') {
            const name = checkpoint.tensors.names[at.tensor] ?? '';
            return (
              <span className="treeName" style={style}>
                <span className="treeMark">{outcomeCell(plan, at.tensor)}</span>
                <LongName name={name.slice(name.lastIndexOf('.') + 1)} />
              </span>
            );
          }
          const path = tree.paths[at.node] ?? '';
          return (
            <span className="treeName" style={style} title={path}>
              <button
                type="button"
                className="treeMark"
                tabIndex={-1}
                aria-label={`${at.open ? 'Fold' : 'Unfold'} ${path}`}
                onClick={() => stores.mapping.toggleModule(path)}
              >
                <Icon name={at.open ? 'unfolded' : 'folded'} />
              </button>
              <span className="mono moduleName">{tree.names[at.node]}</span>
            </span>
          );
        },
      },
      {
        id: 'outcomes',
        title: 'outcomes',
        track: '96px',
        cell: (row) => {
          const at = shown[row];
          return at?.kind === 'module' ? <Outcomes totals={totals} node={at.node} /> : null;
        },
      },
      {
        id: 'tensors',
        title: 'tensors',
        track: '64px',
        numeric: true,
        cell: (row) => {
          const at = shown[row];
          return at?.kind === 'module' ? (
            <span className="mono">{formatCount(totals.tensors[at.node] ?? 0)}</span>
          ) : null;
        },
      },
      common.dtype,
      common.shape,
      common.rule,
      { ...common.parameter, from: 620 },
      common.slot,
      { ...common.file, from: 1100 },
      {
        id: 'bytes',
        title: 'bytes',
        track: '76px',
        numeric: true,
        cell: (row) => {
          const at = shown[row];
          if (!at) return null;
          return bytesCell((at.kind === 'module' ? totals.bytes[at.node] : checkpoint.tensors.bytes[at.tensor]) ?? 0);
        },
      },
    ];
  }, [checkpoint, plan, shown, totals, tree, stores]);

  return (
    <VirtualTable
      label="Tensors by module"
      testId="module-table"
      columns={columns}
      rowCount={shown.length}
      rowKey={(row) => {
        const at = shown[row];
        return at?.kind === 'tensor' ? at.tensor : `module ${pathOf(row)}`;
      }}
      selected={selected}
      onSelect={(row) => {
        const at = shown[row];
        if (at?.kind === 'tensor') {
          selectModule('');
          void stores.selection.explain(at.tensor);
        } else selectModule(pathOf(row));
      }}
      tree={{
        level: (row) => shown[row]?.level ?? 0,
        isOpen: (row) => {
          const at = shown[row];
          return at?.kind === 'module' ? at.open : null;
        },
        onToggle: (row) => stores.mapping.toggleModule(pathOf(row)),
      }}
    />
  );
}

/** Shares of loaded, skipped and failing tensors below a module. */
function Outcomes({ totals, node }: { totals: ModuleTotals; node: number }) {
  const counts = outcomeNames.map((_, at) => totals.outcomes[3 * node + at] ?? 0);
  const words = outcomeNames.flatMap((name, at) =>
    counts[at] ? [`${formatCount(counts[at])} ${name === 'error' ? 'would fail' : name}`] : [],
  );
  return (
    <span className="outcomeShares" title={words.join(', ')}>
      <span className="visuallyHidden">{words.join(', ')}</span>
      {outcomeNames.map((name, at) =>
        counts[at] ? <span key={name} className={`fill-${name}`} style={{ flexGrow: counts[at] }} /> : null,
      )}
    </span>
  );
}
