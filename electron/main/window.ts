/** The one window and everything that keeps its page from doing more than it should. */
import { readFile } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';
import { BrowserWindow, nativeTheme, protocol, session } from 'electron';

/** The page has its own scheme, so that it never has the rights of a file:// page. */
const scheme = 'app';
export const pageOrigin = `${scheme}://draftscope`;

const contentSecurityPolicy = [
  "default-src 'self'",
  // Styles come from files alone: React and charts set single properties, which is no markup.
  "style-src 'self'",
  "connect-src 'self'",
  "worker-src 'none'",
  "img-src 'self' data: blob:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

/** Must run before the app is ready. */
export function registerPageScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

/** Serves the built page from its folder and nothing else. */
export function servePage(folder: string): void {
  protocol.handle(scheme, async (request) => {
    const url = new URL(request.url);
    const path = normalize(join(folder, decodeURIComponent(url.pathname)));
    const type = contentTypes[extname(path)];
    if (url.host !== 'draftscope' || !path.startsWith(folder + sep) || type === undefined) {
      return new Response('Not found', { status: 404 });
    }
    try {
      const headers = { 'content-type': type, 'content-security-policy': contentSecurityPolicy };
      return new Response(new Uint8Array(await readFile(path)), { headers });
    } catch {
      return new Response('Not found', { status: 404 });
    }
  });
}

/** Everything that a web page may ask of the machine is refused. */
export function denyPermissions(): void {
  session.defaultSession.setPermissionRequestHandler((_page, _permission, answer) => answer(false));
  session.defaultSession.setPermissionCheckHandler(() => false);
}

export interface WindowOptions {
  readonly preload: string;
  readonly icon?: string;
  readonly show: boolean;
}

export function createWindow(options: WindowOptions): BrowserWindow {
  const window = new BrowserWindow({
    width: 1280,
    height: 800,
    minWidth: 900,
    minHeight: 600,
    show: false,
    title: 'Draftscope',
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#111418' : '#ffffff',
    ...(options.icon === undefined ? {} : { icon: options.icon }),
    webPreferences: {
      preload: options.preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      spellcheck: false,
    },
  });
  const page = window.webContents;
  page.setWindowOpenHandler(() => ({ action: 'deny' }));
  page.on('will-navigate', (event) => event.preventDefault());
  page.on('will-redirect', (event) => event.preventDefault());
  page.on('will-attach-webview', (event) => event.preventDefault());
  if (options.show) window.once('ready-to-show', () => window.show());
  void window.loadURL(`${pageOrigin}/index.html`);
  return window;
}

/** Whether a message to main comes from the page itself. */
export function isOwnPage(url: string | undefined): boolean {
  if (url === undefined) return false;
  const { protocol: urlScheme, host } = new URL(url);
  return `${urlScheme}//${host}` === pageOrigin;
}
