/**
 * Hands the page the engine's port and the few commands that main answers. No logic, no raw ipcRenderer: what the page
 * gets is exactly DraftscopeBridge.
 */
import { contextBridge, ipcRenderer, webUtils } from 'electron';
import { channels } from '../common/channels.ts';
import type { DraftscopeBridge, EngineStatus, ExportResult, RecentCheckpoint } from '../common/contract.ts';

let status: EngineStatus = { status: 'starting' };
const listeners = new Set<(status: EngineStatus) => void>();

ipcRenderer.on(channels.engineStatus, (_event, next: EngineStatus) => {
  status = next;
  for (const listener of listeners) listener(next);
});

// A MessagePort can't pass through contextBridge; posting it to the page's own window can carry it.
ipcRenderer.on(channels.enginePort, (event) => {
  window.postMessage({ type: channels.enginePort }, window.location.origin, event.ports);
});

const bridge: DraftscopeBridge = {
  openDialog: () => ipcRenderer.invoke(channels.openDialog) as Promise<void>,
  openDropped: (file) =>
    ipcRenderer.invoke(channels.openDropped, webUtils.getPathForFile(file as File)) as Promise<void>,
  openRecent: (folder) => ipcRenderer.invoke(channels.openRecent, folder) as Promise<void>,
  forgetRecent: (folder) => ipcRenderer.invoke(channels.forgetRecent, folder) as Promise<void>,
  openDemo: () => ipcRenderer.invoke(channels.openDemo) as Promise<void>,
  reopen: () => ipcRenderer.invoke(channels.reopen) as Promise<void>,
  recent: () => ipcRenderer.invoke(channels.recent) as Promise<readonly RecentCheckpoint[]>,
  restartEngine: () => ipcRenderer.invoke(channels.restartEngine) as Promise<void>,
  startLink: () => ipcRenderer.invoke(channels.startLink) as Promise<string | null>,
  copyText: (text) => ipcRenderer.invoke(channels.copyText, text) as Promise<void>,
  saveFile: (request) => ipcRenderer.invoke(channels.saveFile, request) as Promise<ExportResult>,
  savePicture: (about) => ipcRenderer.invoke(channels.savePicture, about) as Promise<ExportResult>,
  connect: () => ipcRenderer.invoke(channels.connect) as Promise<void>,
  onEngineStatus: (listener) => {
    listeners.add(listener);
    listener(status);
    return () => {
      listeners.delete(listener);
    };
  },
  platform: process.platform,
};

contextBridge.exposeInMainWorld('draftscope', bridge);
