import type { Checkpoint, Plan } from '../../../electron/common/contract.ts';
import { formatCount } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';
import type { MappingMode } from '../../stores/mappingStore.ts';
import { parametersFor } from '../../stores/parameterSearch.ts';
import { type FilteredTensors, isFiltering } from '../../stores/tensorFilter.ts';
import { Icon } from '../../widgets/Icon.tsx';
import { SaveButton } from '../../widgets/SaveButton.tsx';
import { type Segment, Segments } from '../../widgets/Segments.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';
import { FilterSelects } from './FilterSelects.tsx';

const modes: readonly Segment<MappingMode>[] = [
  { value: 'list', label: 'tensors', title: 'One row a tensor of the checkpoint' },
  { value: 'tree', label: 'modules', title: 'Tensors folded by module' },
  { value: 'parameters', label: 'parameters', title: 'The other direction: what fills each parameter of the drafter' },
];

const searchHint = `Words may stand anywhere in a name, in any order. * and ? are wildcards.
slot:w3  expert:137  layer:61  file:00160  dtype:f8  rule:expert  to:w13_weight
When no name holds the words, names that hold their letters in order are shown.`;

/** How the tensors are looked for and laid out. */
export function MappingToolbar(props: { stores: Stores; checkpoint: Checkpoint; plan: Plan; found: FilteredTensors }) {
  const { stores, checkpoint, plan, found } = props;
  const { filter, mode, flowOpen } = useStoreValue(stores.mapping, (state) => state);
  const tensors = `${formatCount(found.rows.length)} of ${formatCount(checkpoint.totals.tensors)} tensors${found.fuzzy ? ', similar names' : ''}`;
  const parameters = `${formatCount(parametersFor(plan, filter.search).length)} of ${formatCount(plan.parameters.length)} parameters`;
  return (
    <>
      <div className="toolbar">
        <label className="searchField">
          <Icon name="search" />
          <input
            data-search
            type="search"
            aria-label="Search tensors by name"
            placeholder="Search names: words, *globs*, slot:w3 expert:137"
            title={searchHint}
            value={filter.search}
            spellCheck={false}
            onChange={(event) => stores.mapping.narrow({ search: event.target.value })}
          />
        </label>
        <Segments
          label="Rows are"
          labelHidden
          options={modes}
          value={mode}
          onChange={(value) => stores.mapping.setMode(value)}
        />
        {mode !== 'parameters' && (
          <button
            type="button"
            className="button"
            aria-pressed={flowOpen}
            title="Where the shown tensors come from and go to: files, rules, parameters"
            onClick={() => stores.mapping.showFlow(!flowOpen)}
          >
            <Icon name={flowOpen ? 'unfolded' : 'folded'} />
            Flow
          </button>
        )}
        {mode !== 'parameters' && (
          <span className="saveButtons">
            <SaveButton label="CSV…" title="The shown tensors, in the order shown" save={stores.exports.tensors} />
            <SaveButton
              label="JSON…"
              title="The shown tensors, and what they were filtered by"
              save={stores.exports.tensorsJson}
            />
          </span>
        )}
      </div>
      <div className="toolbar">
        <FilterSelects stores={stores} checkpoint={checkpoint} plan={plan} />
        {filter.parameter !== null && (
          <button
            type="button"
            className="button chosenParameter"
            title={`Only tensors that go into ${filter.parameter}; press to show all`}
            onClick={() => stores.mapping.narrow({ parameter: null })}
          >
            <Icon name="arrow" />
            <span className="mono cutStart">
              <bdi>{filter.parameter}</bdi>
            </span>
            <Icon name="close" />
          </button>
        )}
        {isFiltering(filter) && (
          <button type="button" className="button" onClick={() => stores.mapping.clear()}>
            <Icon name="close" />
            Clear
          </button>
        )}
        <span className="toolbarCount mono" data-testid="tensor-count">
          {mode === 'parameters' ? parameters : tensors}
        </span>
      </div>
    </>
  );
}
