import { useEffect, useRef } from 'react';
import type { Stores } from '../../stores/createStores.ts';
import { keyGroups } from '../../stores/keys.ts';
import { Icon } from '../../widgets/Icon.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';
import { KeyList } from './KeyList.tsx';

/** All keys on one sheet. Opened with "?". */
export function KeyHelp({ stores }: { stores: Stores }) {
  const open = useStoreValue(stores.view, (state) => state.keysOpen);
  return open ? <OpenKeyHelp stores={stores} /> : null;
}

function OpenKeyHelp({ stores }: { stores: Stores }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const close = () => stores.view.setKeys(false);
  useEffect(() => {
    const element = dialog.current;
    // A modal dialog keeps the focus inside and gives it back when it closes.
    if (element && !element.open) element.showModal?.();
    return () => element?.close?.();
  }, []);
  return (
    <dialog className="keyHelp" aria-label="Keys" ref={dialog} onCancel={close} data-testid="keys">
      <header className="keyHelpHead">
        <h2>Keys</h2>
        <button type="button" className="button iconOnly quiet" aria-label="Close" title="Close (Esc)" onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      <div className="keyGroups">
        {keyGroups(stores.commandKey).map(({ title, lines }) => (
          <section key={title}>
            <h3>{title}</h3>
            <KeyList lines={lines} />
          </section>
        ))}
      </div>
      <p className="keyHelpNote">
        Everything else, by its name: the palette. It opens pasted links and serving commands too.
      </p>
    </dialog>
  );
}
