import type { Checkpoint } from '../../../electron/common/contract.ts';
import { Panel } from '../../widgets/Panel.tsx';

/** config.json in reading order, by group; the key of each value is its title. */
export function ModelCard({ card }: { card: Checkpoint['card'] }) {
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
                  <div key={entry.label} title={entry.key}>
                    <dt>{entry.label}</dt>
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
