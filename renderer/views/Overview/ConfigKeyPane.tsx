import type { Checkpoint } from '../../../electron/common/contract.ts';

/** One key of config.json, as the model card shows it. */
export function ConfigKeyPane({ checkpoint, name }: { checkpoint: Checkpoint; name: string }) {
  const rows = checkpoint.card.filter((entry) => entry.key === name);
  return (
    <div className="story" data-testid="config-key-story">
      <p className="storyName mono">{name}</p>
      {rows.length === 0 && <p className="muted">The model card shows no value under this key of config.json.</p>}
      <dl className="facts">
        {rows.map((row) => (
          <div key={row.label}>
            <dt>{row.label}</dt>
            <dd className="mono">{row.value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
