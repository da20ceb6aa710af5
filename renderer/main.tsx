import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App.tsx';
import { connectEngine, findBridge } from './engineClient.ts';
import { watchIdle } from './idleSignal.ts';
import { createStores } from './stores/createStores.ts';
import type { Keeper } from './stores/viewStore.ts';
import './theme.css';
import './base.css';
import './fills.css';
import './widgets/widgets.css';
import './widgets/table.css';
import './widgets/timeLanes.css';
import './views/Frame/frame.css';
import './views/Frame/pane.css';
import './views/Frame/keyHelp.css';
import './views/Overview/overview.css';
import './views/Overview/device.css';
import './views/Mapping/mapping.css';
import './views/Load/load.css';
import './views/Placement/placement.css';
import './views/Draft/draft.css';

function storage(): Keeper {
  try {
    return window.localStorage;
  } catch {
    // Forbidden by the browser's settings: nothing is remembered between starts.
    return null;
  }
}

const root = document.getElementById('root');
const bridge = findBridge();
if (root && bridge) {
  const stores = createStores(connectEngine(bridge, window), storage());
  watchIdle(stores, document.documentElement);
  createRoot(root).render(
    <StrictMode>
      <App stores={stores} />
    </StrictMode>,
  );
} else if (root) {
  root.textContent = 'This page works inside the Draftscope window only. Start it with: npm start';
}
