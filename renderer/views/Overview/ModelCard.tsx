import type { Checkpoint } from '../../../electron/common/contract.ts';
import type { Stores } from '../../stores/createStores.ts';
import { Panel } from '../../widgets/Panel.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';

/** config.json in reading order, by group; the key of each value is its title. */
export function ModelCard({ stores, card }: { stores: Stores; card: Checkpoint['card'] }) {
  const chosen = useStoreValue(stores.selection, ({ selection }) =>
    selection.kind === 'configKey' ? selection.key : null,
  );
  const groups = [...new Set(card.map((entry) => entry.group))];
  return (
    <Panel title="Model" aside="config.json">
      <div className="cardGroups">
        {groups.map((group) => (
          <div key={group} className="cardGroup">
            <h3>{group}</h3>
            <dl>
              {card
                .filter((entry) => entry.group === group)
                .map((entry) => (
                  <div key={entry.label} className={entry.key === chosen ? 'isChosen' : undefined}>
                    <dt title={entry.key}>{entry.label}</dt>
                    <dd className="mono">{entry.value}</dd>
                  </div>
                ))}
            </dl>
          </div>
        ))}
      </div>
    </Panel>
  );
}
