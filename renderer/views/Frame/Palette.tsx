import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import type { Stores } from '../../stores/createStores.ts';
import { type PaletteItem, paletteItems } from '../../stores/paletteItems.ts';
import { useStoreValue } from '../../widgets/useStoreValue.ts';

/** Everything by its name, with the keys that do the same. Opened with Ctrl or Cmd K. */
export function Palette({ stores }: { stores: Stores }) {
  const open = useStoreValue(stores.view, (state) => state.paletteOpen);
  return open ? <OpenPalette stores={stores} /> : null;
}

function OpenPalette({ stores }: { stores: Stores }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [query, setQuery] = useState('');
  const [chosen, setChosen] = useState(0);
  const items = useMemo(() => paletteItems(stores, query), [stores, query]);
  const close = () => stores.view.setPalette(false);

  useEffect(() => {
    const element = dialog.current;
    // A modal dialog keeps the focus inside and gives it back when it closes.
    if (element && !element.open) element.showModal?.();
    return () => element?.close?.();
  }, []);
  useEffect(() => {
    list.current?.children[chosen]?.scrollIntoView?.({ block: 'nearest' });
  }, [chosen]);

  function run(item: PaletteItem | undefined) {
    if (!item) return;
    close();
    item.run();
  }

  function onKeyDown(event: KeyboardEvent) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setChosen((chosen + step + items.length) % Math.max(1, items.length));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      run(items[chosen]);
    } else if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  }

  return (
    <dialog className="palette" aria-label="Command palette" ref={dialog} onCancel={close} data-testid="palette">
      <input
        className="paletteInput"
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={items[chosen] ? `palette-${chosen}` : undefined}
        aria-label="Action, view, tensor, finding, set-up, link or serving command"
        placeholder="Action, view, tensor, finding, set-up; or paste a link or a serving command"
        spellCheck={false}
        value={query}
        onChange={(event) => {
          setQuery(event.target.value);
          setChosen(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div className="paletteList" role="listbox" id="palette-list" aria-label="Matches" ref={list} tabIndex={-1}>
        {items.map((item, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the focus and handles the keys
          <div
            key={item.id}
            id={`palette-${index}`}
            className="paletteItem"
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            onClick={() => run(item)}
            onMouseMove={() => setChosen(index)}
          >
            <span className="paletteGroup">{item.group}</span>
            <span className={`paletteTitle ${item.group === 'Tensor' ? 'mono' : ''}`} title={item.title}>
              {item.title}
            </span>
            {item.keys !== undefined && <kbd className="mono">{item.keys}</kbd>}
          </div>
        ))}
      </div>
      {items.length === 0 && <p className="paletteNone">Nothing has this name.</p>}
    </dialog>
  );
}
