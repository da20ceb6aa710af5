import type { Stores } from '../../stores/createStores.ts';
import { keyGroups } from '../../stores/keys.ts';
import { OutcomeMark, type OutcomeName } from '../../widgets/OutcomeMark.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';
import { BackendList } from './Backends.tsx';
import { KeyList } from './KeyList.tsx';

const marks: readonly (readonly [OutcomeName, string])[] = [
  ['loaded', 'copied into a parameter of this rank'],
  ['skipped', 'passed over by a rule, on purpose'],
  ['error', 'the reference loader stops here'],
];
/** What the pane says while nothing is selected. */
export function PaneGuide({ stores }: { stores: Stores }) {
  const hasBackends = useStoreValue(stores.engine, (state) => state.device.backends.length > 0);
  return (
    <div className="story">
      <p className="paneHint">
        Nothing is selected. Click a tensor, a parameter, a cell or a token, and its story is told here.
      </p>
      <h3>Marks</h3>
      <dl className="guide">
        {marks.map(([outcome, meaning]) => (
          <div key={outcome}>
            <dt>
              <OutcomeMark outcome={outcome} />
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <h3>Keys</h3>
      <KeyList lines={keyGroups(stores.commandKey).flatMap(({ lines }) => lines.filter(({ short }) => short))} />
      <button type="button" className="linkButton" onClick={() => stores.view.setKeys(true)}>
        All keys
      </button>
      {hasBackends && (
        <>
          <h3>What computes</h3>
          <BackendList stores={stores} />
        </>
      )}
    </div>
  );
}
