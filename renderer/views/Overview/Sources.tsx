import type { Checkpoint } from '../../../electron/common/contract.ts';
import { formatCountOf } from '../../format.ts';
import { Icon } from '../../widgets/Icon.tsx';
import { Panel } from '../../widgets/Panel.tsx';

const columns = [
  { source: 'config', title: 'config.json', hint: 'What the model is said to be' },
  { source: 'index', title: 'index', hint: 'model.safetensors.index.json: which file holds which tensor' },
  { source: 'headers', title: 'headers', hint: 'What the .safetensors files themselves say they hold' },
  { source: 'quantisation', title: 'quantisation', hint: 'Modules that quantization_config leaves alone' },
] as const;

/** What each source says about the same thing; a value that differs from the first one is marked. */
export function Sources({ sources }: { sources: Checkpoint['sources'] }) {
  const differing = sources.filter(({ disagrees }) => disagrees.length > 0).length;
  return (
    <Panel
      title="Sources side by side"
      className="panelFlush"
      aside={
        <span data-testid="sources-verdict">
          {differing === 0 ? 'they agree' : `they disagree about ${formatCountOf(differing, 'thing')}`}
        </span>
      }
    >
      <table className="plainTable sources" data-testid="sources">
        <thead>
          <tr>
            <th scope="col">
              <span className="visuallyHidden">about</span>
            </th>
            {columns.map(({ source, title, hint }) => (
              <th key={source} scope="col" title={hint}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sources.map((row) => (
            <tr key={row.label} data-disagrees={row.disagrees.length > 0}>
              <th scope="row">{row.label}</th>
              {columns.map(({ source }) => {
                const text = row[source];
                const differs = row.disagrees.includes(source);
                return (
                  <td key={source} className={`mono ${differs ? 'differs' : ''}`}>
                    {differs && <Icon name="warning" size={13} />}
                    {text ?? <span className="muted">–</span>}
                    {differs && <span className="visuallyHidden"> (differs)</span>}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
