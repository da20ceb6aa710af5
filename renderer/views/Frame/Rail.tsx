import type { KeyboardEvent } from 'react';
import type { Stores } from '../../stores/createStores.ts';
import { type ViewName, viewNames } from '../../stores/viewStore.ts';
import { Icon } from '../../widgets/Icon.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';

const words: Record<ViewName, string> = {
  overview: 'Overview',
  mapping: 'Mapping',
  load: 'Load',
  placement: 'Placement',
  draft: 'Draft',
};

export function Rail({ stores }: { stores: Stores }) {
  const view = useStoreValue(stores.view, (state) => state.view);

  function onKeyDown(event: KeyboardEvent<HTMLElement>) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = viewNames[(viewNames.indexOf(view) + step + viewNames.length) % viewNames.length];
    if (!next) return;
    stores.view.show(next);
    event.currentTarget.querySelector<HTMLButtonElement>(`[data-goto="${next}"]`)?.focus();
  }

  return (
    <nav className="rail" aria-label="Views" onKeyDown={onKeyDown}>
      {viewNames.map((name, index) => (
        <button
          key={name}
          type="button"
          className="railButton"
          data-goto={name}
          aria-current={view === name ? 'page' : undefined}
          aria-keyshortcuts={String(index + 1)}
          title={`${words[name]} (${index + 1})`}
          onClick={() => stores.view.show(name)}
        >
          <Icon name={name} size={18} />
          {words[name]}
        </button>
      ))}
    </nav>
  );
}
