/** What a page that somebody took over could still not do. */
import { inRoot } from '../../scripts/project.mjs';
import { expect, test } from './app.ts';
import { viewNames } from './pages/appWindow.ts';

test('the page is sandboxed, isolated, and refused windows, navigation, permissions and foreign text', async ({
  page,
  window,
  app,
}) => {
  await window.opened();
  const preferences = await app.evaluate(({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0]?.webContents as unknown as {
      getLastWebPreferences(): Record<string, unknown>;
    };
    const { sandbox, contextIsolation, nodeIntegration, webviewTag, webSecurity } = contents.getLastWebPreferences();
    return { sandbox, contextIsolation, nodeIntegration, webviewTag, webSecurity };
  });
  expect(preferences).toEqual({
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    webviewTag: false,
    webSecurity: true,
  });
  expect(
    await page.evaluate(() => [
      typeof (globalThis as Record<string, unknown>).require,
      typeof (globalThis as Record<string, unknown>).process,
      'ipcRenderer' in (globalThis as unknown as { draftscope: object }).draftscope,
    ]),
  ).toEqual(['undefined', 'undefined', false]);

  expect(await page.evaluate(() => open('app://draftscope/index.html'))).toBeNull();
  expect(app.windows()).toHaveLength(1);

  expect(await page.evaluate(() => Notification.requestPermission())).toBe('denied');
  const media = await page.evaluate(() =>
    navigator.mediaDevices.getUserMedia({ audio: true }).then(
      () => 'given',
      ({ name }: Error) => name,
    ),
  );
  expect(media).toMatch(/NotAllowed|NotFound/);

  // Asked through main: Playwright itself would wait for a navigation that never ends.
  const places = await app.evaluate(async ({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0]?.webContents;
    const before = contents?.getURL();
    for (const place of ['https://example.invalid/', 'file:///etc/passwd', 'app://elsewhere/index.html'])
      await contents?.executeJavaScript(`location.href = ${JSON.stringify(place)}; 0`);
    await new Promise((done) => setTimeout(done, 200));
    return [before, contents?.getURL()];
  });
  expect(places[1]).toBe(places[0]);
});

test('the content policy lets no script in, no style from markup, no address outside; nothing of the app needs one', async ({
  page,
  window,
}) => {
  const refused: string[] = [];
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) refused.push(message.text());
  });
  await window.opened();
  for (const view of viewNames) await window.show(view);
  await page.keyboard.press('Control+k');
  await page.keyboard.press('Escape');
  expect(refused).toEqual([]);

  const policy = await page.evaluate(async () => (await fetch('index.html')).headers.get('content-security-policy'));
  expect(policy).not.toContain('unsafe');
  await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'document.title = "taken over"';
    document.body.append(script);
  });
  expect(await page.title()).not.toBe('taken over');
  const outside = await page.evaluate(() =>
    fetch('https://example.invalid/').then(
      () => 'fetched',
      () => 'refused',
    ),
  );
  expect(outside).toBe('refused');
  expect(refused.length).toBeGreaterThan(0);
});

test('the page’s own scheme serves the built page and nothing beside it', async ({ page, window }) => {
  await window.opened();
  const statuses = await page.evaluate(() =>
    Promise.all(
      ['index.html', '..%2fmain%2fmain.js', '%2e%2e/main/main.js', 'nothing.js', 'index.html%00.js'].map(async (path) =>
        fetch(path).then(
          ({ status }) => status,
          () => 0,
        ),
      ),
    ),
  );
  expect(statuses).toEqual([200, 404, 404, 404, 404]);
});

test('main answers its own page alone, and takes no path from it', async ({ page, window, app }) => {
  await window.opened();
  await page.evaluate(() => {
    const { draftscope } = globalThis as unknown as { draftscope: { openRecent(folder: string): Promise<void> } };
    return draftscope.openRecent('/etc');
  });
  await window.idle();
  await expect(window.verdict).toBeVisible();
  // Another page in a window of its own, with the same preload.
  const answer = await app.evaluate(
    async ({ BrowserWindow }, preload) => {
      const other = new BrowserWindow({
        show: false,
        webPreferences: { preload, sandbox: true, contextIsolation: true },
      });
      await other.loadURL('data:text/html,<p>other</p>');
      const said = await other.webContents.executeJavaScript(
        'draftscope.recent().then(() => "answered", (error) => String(error))',
      );
      other.destroy();
      return said as string;
    },
    inRoot('out', 'preload', 'preload.cjs'),
  );
  expect(answer).toContain('refused');
});
