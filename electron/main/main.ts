/** Starts the app: page scheme, engine, window, menu, quit. Owns windows and processes, never data. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  app,
  BrowserWindow,
  clipboard,
  type IpcMainInvokeEvent,
  ipcMain,
  Menu,
  type MenuItemConstructorOptions,
  type WebContents,
} from 'electron';
import { channels } from '../common/channels.ts';
import type { ExportResult } from '../common/contract.ts';
import { CheckpointPicker } from './checkpointPicker.ts';
import { folderArgument, optionValue } from './commandLine.ts';
import { EngineCaller } from './engineCaller.ts';
import { EngineHost } from './engineHost.ts';
import { savePicture, saveText } from './exportSaver.ts';
import { parseUnattended, runHeadlessReport, runSelfTest } from './unattended.ts';
import { createWindow, denyPermissions, isOwnPage, registerPageScheme, servePage } from './window.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const resources = app.isPackaged ? process.resourcesPath : app.getAppPath();
const paths = {
  page: resolve(here, '../renderer'),
  preload: resolve(here, '../preload/preload.cjs'),
  engine: join(here, 'engine.js'),
  addon: app.isPackaged
    ? join(resources, 'native/draftscope.node')
    : (process.env.DRAFTSCOPE_ADDON ?? join(resources, 'native/build/draftscope.node')),
  demo: app.isPackaged ? join(resources, 'demo-model') : join(resources, 'assets/demo-model'),
  icon: join(app.getAppPath(), 'assets/icon.png'),
};
/** Characters; more than any table that somebody wants in another program. */
const longestCopy = 50_000_000;
const unattended = parseUnattended(process.argv, process.cwd());

const testUserData = process.env.DRAFTSCOPE_TEST_USER_DATA;
if (testUserData !== undefined && !app.isPackaged) app.setPath('userData', testUserData);
registerPageScheme();
// Half a minute of loading or decoding leaves more garbage than a checkpoint needs: collected in smaller steps, the page of
// a 92,000-tensor checkpoint holds 50 MB less and answers as fast.
app.commandLine.appendSwitch('js-flags', '--max-semi-space-size=8');

/** What follows the executable and, run from source, the app's own folder: the first plain argument then. */
function ownArguments(): string[] {
  const argv = process.argv.slice(1);
  if (app.isPackaged) return argv;
  const ownFolder = argv.findIndex((argument) => !argument.startsWith('-'));
  return argv.filter((_, at) => at !== ownFolder);
}

/** The folder named on the command line, if any. */
function namedFolder(): string | null {
  const named = folderArgument(ownArguments());
  return named === null ? null : resolve(process.env.INIT_CWD ?? process.cwd(), named);
}

async function start(): Promise<void> {
  await app.whenReady();
  denyPermissions();
  servePage(paths.page);

  const engine = new EngineHost(paths.engine, { addonPath: paths.addon, version: app.getVersion() });
  let lastOpened = namedFolder() ?? paths.demo;
  const open = (path: string) => {
    lastOpened = path;
    engine.send({ type: 'open', path });
  };
  const picker = new CheckpointPicker(join(app.getPath('userData'), 'recent.json'), open);
  await picker.readRecent();
  engine.on('opened', (opened) => {
    if (opened.folder !== paths.demo) void picker.remember(opened).catch(() => undefined);
  });
  engine.on('status', (status) => {
    for (const window of BrowserWindow.getAllWindows()) window.webContents.send(channels.engineStatus, status);
  });
  app.on('before-quit', () => engine.stop());
  app.on('window-all-closed', () => app.quit());

  const stopped = engine.whenStopped();
  // Only unattended runs wait for it.
  stopped.catch(() => undefined);
  engine.start();

  if (unattended?.selfTest) {
    const facts = { version: app.getVersion(), electron: process.versions.electron, packaged: app.isPackaged };
    const caller = new EngineCaller(engine.openPort());
    app.exit(await runSelfTest(unattended.selfTest, caller, stopped, () => open(paths.demo), paths.demo, facts));
    return;
  }

  let opened = false;
  handle(channels.connect, (event) => {
    event.sender.send(channels.engineStatus, engine.status);
    engine.connectPage(event.sender);
    // The first page starts with a checkpoint; one that reloads finds the engine's state as it was.
    if (!opened && unattended === null) open(lastOpened);
    opened = true;
  });
  handle(channels.openDialog, (event) => {
    const window = BrowserWindow.fromWebContents(event.sender);
    return window === null ? undefined : picker.openDialog(window);
  });
  handle(channels.openDropped, (_event, path) => picker.openDropped(path));
  handle(channels.openRecent, (_event, folder) => picker.openRecent(folder));
  handle(channels.openDemo, () => open(paths.demo));
  handle(channels.reopen, () => open(lastOpened));
  handle(channels.recent, () => picker.listRecent());
  handle(channels.forgetRecent, (_event, folder) => picker.forget(folder));
  let startLink = optionValue(ownArguments(), '--link');
  handle(channels.startLink, () => {
    const link = startLink;
    startLink = null;
    return link;
  });
  handle(channels.copyText, (_event, text) => {
    if (typeof text === 'string' && text.length <= longestCopy) clipboard.writeText(text);
  });
  const ofWindow = (event: IpcMainInvokeEvent, save: (window: BrowserWindow) => Promise<ExportResult>) => {
    const window = BrowserWindow.fromWebContents(event.sender);
    return window === null ? { saved: null, failure: null } : save(window);
  };
  handle(channels.saveFile, (event, request) => ofWindow(event, (window) => saveText(window, request)));
  handle(channels.savePicture, (event, about) => ofWindow(event, (window) => savePicture(window, about)));
  const restartEngine = (page: WebContents) => {
    engine.restart();
    engine.connectPage(page);
    open(lastOpened);
  };
  handle(channels.restartEngine, (event) => restartEngine(event.sender));

  const window = createWindow({
    preload: paths.preload,
    show: true,
    ...(existsSync(paths.icon) ? { icon: paths.icon } : {}),
  });
  Menu.setApplicationMenu(
    buildMenu({
      openDialog: () => void picker.openDialog(window),
      openHeaders: () => void picker.openHeadersDialog(window),
      openDemo: () => open(paths.demo),
      restartEngine: () => restartEngine(window.webContents),
    }),
  );

  if (unattended?.headlessReport) {
    await new Promise<void>((loaded) => window.webContents.once('did-finish-load', () => loaded()));
    const caller = new EngineCaller(engine.openPort());
    app.exit(await runHeadlessReport(unattended, caller, stopped, () => open(lastOpened), window));
  }
}

/** Answers the page's own window and nobody else. */
function handle(channel: string, answer: (event: IpcMainInvokeEvent, argument: unknown) => unknown): void {
  ipcMain.handle(channel, (event, argument: unknown) => {
    if (!isOwnPage(event.senderFrame?.url)) throw new Error('refused: not the page of this app');
    return answer(event, argument);
  });
}

interface MenuActions {
  openDialog(): void;
  openHeaders(): void;
  openDemo(): void;
  /** For an engine that is alive and does not answer. */
  restartEngine(): void;
}

function buildMenu({ openDialog, openHeaders, openDemo, restartEngine }: MenuActions): Menu {
  const template: MenuItemConstructorOptions[] = [
    ...(process.platform === 'darwin' ? [{ role: 'appMenu' } as const] : []),
    {
      label: 'File',
      submenu: [
        { label: 'Open checkpoint…', accelerator: 'CmdOrCtrl+O', click: openDialog },
        { label: 'Open headers file…', click: openHeaders },
        { label: 'Open demo checkpoint', click: openDemo },
        { label: 'Restart engine', click: restartEngine },
        { type: 'separator' },
        { role: process.platform === 'darwin' ? 'close' : 'quit' },
      ],
    },
    { role: 'editMenu' },
    {
      label: 'View',
      submenu: [{ role: 'resetZoom' }, { role: 'zoomIn' }, { role: 'zoomOut' }, { role: 'togglefullscreen' }],
    },
    { role: 'windowMenu' },
  ];
  return Menu.buildFromTemplate(template);
}

start().catch((error: unknown) => {
  // Nobody could use what came up half; without a window nothing would ever end the process.
  process.stderr.write(`Draftscope could not start: ${error instanceof Error ? error.message : String(error)}\n`);
  app.exit(1);
});
