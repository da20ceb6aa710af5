import type { KeyLine } from '../../stores/keys.ts';

/** Keys and what they do. */
export function KeyList({ lines }: { lines: readonly KeyLine[] }) {
  return (
    <dl className="guide">
      {lines.map(({ keys, does }) => (
        <div key={keys}>
          <dt>
            <kbd className="mono">{keys}</kbd>
          </dt>
          <dd>{does}</dd>
        </div>
      ))}
    </dl>
  );
}
