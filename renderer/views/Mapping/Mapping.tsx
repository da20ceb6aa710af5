import { useMemo } from 'react';
import { filterTensors } from '../../stores/tensorFilter.ts';
import { EmptyState } from '../../widgets/EmptyState.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';
import type { ViewProps } from '../viewProps.ts';
import { FlowPanel } from './FlowPanel.tsx';
import { MappingToolbar } from './MappingToolbar.tsx';
import { ModuleTable } from './ModuleTable.tsx';
import { ParameterTable } from './ParameterTable.tsx';
import { TensorTable } from './TensorTable.tsx';

/** Every tensor of the checkpoint, the rule that decides about it, and the parameter that it goes into. */
export function Mapping({ stores, checkpoint, plan }: ViewProps) {
  const { filter, mode, flowOpen } = useStoreValue(stores.mapping, (state) => state);
  const found = useMemo(() => filterTensors(checkpoint, plan, filter), [checkpoint, plan, filter]);
  const shared = { stores, checkpoint, plan, rows: found.rows };
  return (
    <div className="column mapping">
      <MappingToolbar stores={stores} checkpoint={checkpoint} plan={plan} found={found} />
      {flowOpen && mode !== 'parameters' && <FlowPanel {...shared} />}
      {mode === 'parameters' ? (
        <ParameterTable stores={stores} plan={plan} search={filter.search} />
      ) : found.rows.length === 0 ? (
        <EmptyState icon="search" title="No tensor matches.">
          <p>
            Shorten the search or clear the filters. Words may stand anywhere in a name, <code>*</code> and{' '}
            <code>?</code> are wildcards, and{' '}
            <code>slot:w3 expert:137 layer:61 file:160 dtype:f8 rule:expert to:w13</code> look at the other columns.
          </p>
        </EmptyState>
      ) : mode === 'tree' ? (
        <ModuleTable {...shared} />
      ) : (
        <TensorTable {...shared} keepOrder={found.fuzzy} />
      )}
    </div>
  );
}
