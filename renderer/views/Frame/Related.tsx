import type { Checkpoint, Plan } from '../../../electron/common/contract.ts';
import type { Target } from '../../../electron/common/location.ts';
import type { Stores } from '../../stores/createStores.ts';
import { facetsOf } from '../../stores/facets.ts';
import type { Selection } from '../../stores/selectionStore.ts';
import { homeOf, targetOf } from '../../stores/targets.ts';
import type { ViewName } from '../../stores/viewStore.ts';
import { useStoreValue } from '../../widgets/useStoreValue.ts';

const viewWords: Record<ViewName, string> = {
  overview: 'Overview',
  mapping: 'Mapping',
  load: 'Load',
  placement: 'Placement',
  draft: 'Draft',
};

interface Way {
  readonly target: Target;
  readonly view: ViewName;
  readonly label: string;
  readonly name: string;
}

/** Where else the selected thing can be seen, and what belongs to it. */
export function Related(props: { stores: Stores; checkpoint: Checkpoint; plan: Plan; selection: Selection }) {
  const { stores, checkpoint, plan, selection } = props;
  const view = useStoreValue(stores.view, (state) => state.view);
  const ways = waysFrom(selection, checkpoint, plan).filter(
    (way) => way.view !== view || way.target.kind !== selection.kind,
  );
  if (ways.length === 0) return null;
  return (
    <section className="related" aria-label="Elsewhere">
      <h3>Elsewhere</h3>
      <ul>
        {ways.map(({ target, view: where, label, name }) => (
          <li key={`${target.kind} ${where}`}>
            <button type="button" className="relatedWay" onClick={() => stores.navigation.reveal(target, where)}>
              <span className="relatedLabel">{label}</span>
              <span className="relatedName mono" title={name}>
                {name}
              </span>
              <span className="relatedView">{viewWords[where]}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function waysFrom(selection: Selection, checkpoint: Checkpoint, plan: Plan): Way[] {
  const ways: Way[] = [];
  const add = (target: Target, label: string, name: string, view = homeOf[target.kind]) =>
    ways.push({ target, view, label, name });
  const self = targetOf(selection, checkpoint, plan);
  const { parameter, expert, rank, file } = facetsOf(selection, checkpoint, plan);
  if (self?.kind === 'tensor' || self?.kind === 'parameter') add(self, self.kind, self.name);
  const parameterName = plan.parameters[parameter]?.name;
  if (self?.kind === 'tensor' && parameterName) {
    add({ kind: 'parameter', name: parameterName }, 'parameter', parameterName);
  }
  if (self?.kind === 'tensor' && expert >= 0 && plan.placement.numPhysicalExperts > 0) {
    const owner = rank >= 0 && plan.placement.expertsOfRank[rank]?.includes(expert) ? `@${rank}` : '';
    add({ kind: 'expert', name: `${expert}${owner}` }, 'expert', String(expert));
  }
  if (self?.kind === 'expert') add({ kind: 'rank', name: String(rank) }, 'rank', String(rank));
  const fileName = checkpoint.files[file]?.name;
  if (self?.kind === 'tensor' && fileName) add({ kind: 'file', name: fileName }, 'file', fileName);
  return ways;
}
