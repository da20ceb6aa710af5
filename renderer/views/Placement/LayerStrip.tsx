import type { Placement } from '../../../electron/common/contract.ts';
import type { Stores } from '../../stores/createStores.ts';
import { useStoreValue } from '../../widgets/useStoreValue.ts';

type Layer = Placement['layers'][number];

/** More layers than this are chosen by number. */
const mostCells = 160;

/** Which layer the grid is about: all of them, or one; dense, MoE and MTP layers look different. */
export function LayerStrip({ stores, layers }: { stores: Stores; layers: readonly Layer[] }) {
  const layer = useStoreValue(stores.placement, (state) => state.layer);
  const choose = (chosen: number | null) => stores.placement.chooseLayer(chosen);
  if (layers.length > mostCells)
    return (
      <label className="field layerField">
        <span className="fieldLabel">layer</span>
        <select
          value={layer ?? ''}
          onChange={({ target }) => choose(target.value === '' ? null : Number(target.value))}
        >
          <option value="">all</option>
          {layers.map((one) => (
            <option key={one.layer} value={one.layer}>
              {`${one.layer} ${kindOf(one)}`}
            </option>
          ))}
        </select>
      </label>
    );
  return (
    <fieldset className="layerStrip" data-testid="layer-strip">
      <legend className="fieldLabel">layer</legend>
      <Cell name="all" title="All layers together" chosen={layer === null} kind="" onChoose={() => choose(null)} />
      {layers.map((one) => (
        <Cell
          key={one.layer}
          name={String(one.layer)}
          title={`Layer ${one.layer}: ${kindOf(one)}`}
          kind={kindOf(one)}
          chosen={layer === one.layer}
          onChoose={() => choose(one.layer)}
        />
      ))}
      <span className="legend layerLegend">
        <span>
          <span className="layerKey isDense" />
          dense
        </span>
        <span>
          <span className="layerKey isMoe" />
          MoE
        </span>
        <span>
          <span className="layerKey isMtp" />
          MTP
        </span>
      </span>
    </fieldset>
  );
}

/** "dense", "MoE", "MTP, MoE", "MTP, dense" */
export function kindOf({ hasExperts, isMtp }: Layer): string {
  const kind = hasExperts ? 'MoE' : 'dense';
  return isMtp ? `MTP, ${kind}` : kind;
}

function Cell(props: { name: string; title: string; kind: string; chosen: boolean; onChoose: () => void }) {
  const { name, title, kind, chosen, onChoose } = props;
  const looks = [kind.includes('dense') ? 'isDense' : '', kind.includes('MTP') ? 'isMtp' : ''];
  return (
    <label className={['layerCell', 'mono', ...looks].filter(Boolean).join(' ')} title={title}>
      <input type="radio" name="placement-layer" className="visuallyHidden" checked={chosen} onChange={onChoose} />
      <span className="visuallyHidden">{title}</span>
      <span aria-hidden="true">{name}</span>
    </label>
  );
}
