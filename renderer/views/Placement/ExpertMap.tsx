import type { Stores } from '../../stores/createStores.ts';
import { Panel } from '../../widgets/Panel.tsx';
import type { PlacementRows } from './placementGrid.ts';

/** Physical expert -> local expert of the rank that is looked at, as its loader sees it. */
export function ExpertMap(props: { stores: Stores; rows: PlacementRows; experts: number; selected: number }) {
  const { stores, rows, experts, selected } = props;
  const rank = rows.lookedAt;
  const local = new Map((rows.filled[rank] ?? []).map((expert, index) => [expert, index]));
  return (
    <Panel title={`Expert map of rank ${rank}`} aside="physical expert → local expert">
      <ol className="expertMap" data-testid="expert-map">
        {Array.from({ length: experts }, (_, expert) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: experts are numbered
          <li key={expert}>
            <button
              type="button"
              className={`expertCell ${local.has(expert) ? 'isHeld' : ''}`}
              aria-pressed={expert === selected}
              onClick={() => stores.selection.select({ kind: 'expert', expert, rank })}
            >
              <span className="mono">
                <span className="visuallyHidden">expert </span>
                {expert}
              </span>
              <span className="mono">
                <span className="visuallyHidden">{local.has(expert) ? 'local ' : 'not on this rank '}</span>
                {local.get(expert) ?? '–'}
              </span>
            </button>
          </li>
        ))}
      </ol>
    </Panel>
  );
}
