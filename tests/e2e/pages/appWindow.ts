import { type ElectronApplication, expect, type Locator, type Page } from '@playwright/test';

export const viewNames = ['Overview', 'Mapping', 'Load', 'Placement', 'Draft'] as const;
export type ViewName = (typeof viewNames)[number];
export type Theme = 'light' | 'dark';

/** The window's frame: views, idle signal, engine. */
export class AppWindow {
  readonly page: Page;
  readonly #app: ElectronApplication;

  constructor(page: Page, app: ElectronApplication) {
    this.page = page;
    this.#app = app;
  }

  get verdict(): Locator {
    return this.page.getByTestId('verdict');
  }

  get failure(): Locator {
    return this.page.getByTestId('failure');
  }

  get engineStopped(): Locator {
    return this.page.getByTestId('engine-stopped');
  }

  get engineSilent(): Locator {
    return this.page.getByTestId('engine-silent');
  }

  navigation(view: ViewName): Locator {
    return this.page.getByRole('navigation', { name: 'Views' }).getByRole('button', { name: view });
  }

  /** Nothing is under way and everything is drawn, as the page itself says. */
  async idle(): Promise<void> {
    await expect(this.page.locator('html')).toHaveAttribute('data-idle', 'true');
  }

  /** The demo checkpoint is open and its plan is there. */
  async opened(): Promise<void> {
    await expect(this.verdict).toBeVisible();
    await this.idle();
  }

  async show(view: ViewName): Promise<void> {
    await this.navigation(view).click();
    await expect(this.navigation(view)).toHaveAttribute('aria-current', 'page');
    await this.idle();
  }

  /** In the Mapping view: the story of the first tensor whose name contains the text. */
  async explain(name: string): Promise<void> {
    await this.page.getByRole('searchbox', { name: 'Search tensors by name' }).fill(name);
    await this.page.getByTestId('mapping-table').getByText(name).first().click();
    await expect(this.page.getByTestId('story')).toContainText(name);
    await this.idle();
  }

  async setTheme(theme: Theme): Promise<void> {
    await this.page.emulateMedia({ colorScheme: theme });
    await expect(this.page.locator('html')).toHaveAttribute('data-theme', theme);
    await this.idle();
  }

  /** As if the window had this size, in CSS pixels, whatever the screen has. */
  async resize(width: number, height: number): Promise<void> {
    const session = await this.page.context().newCDPSession(this.page);
    await session.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
    await expect.poll(() => this.page.evaluate(() => [innerWidth, innerHeight])).toEqual([width, height]);
    await this.idle();
  }

  /** Ends the engine process from outside, as a crash would. */
  async killEngine(): Promise<void> {
    await this.signalEngine('SIGKILL');
  }

  /** Sends the engine process a signal from outside, and gives its id. */
  signalEngine(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<number> {
    return this.#app.evaluate(({ app }, name) => {
      const engine = app
        .getAppMetrics()
        .find((metric) => metric.type === 'Utility' && metric.name === 'draftscope-engine');
      if (!engine) throw new Error('there is no engine process');
      process.kill(engine.pid, name);
      return engine.pid;
    }, signal);
  }

  /** A button of the mouse that Playwright has no word for. */
  async sideButton(button: 'back' | 'forward'): Promise<void> {
    const session = await this.page.context().newCDPSession(this.page);
    for (const type of ['mousePressed', 'mouseReleased'] as const) {
      await session.send('Input.dispatchMouseEvent', { type, button, x: 400, y: 300, clickCount: 1 });
    }
    await session.detach();
  }

  /** A folder or file of this machine, dragged onto the window and let go; `over` is called while it hangs there. */
  async drop(path: string, over: () => Promise<void> = async () => undefined): Promise<void> {
    const session = await this.page.context().newCDPSession(this.page);
    const data = { items: [], files: [path], dragOperationsMask: 1 };
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
      if (type === 'drop') await over();
      await session.send('Input.dispatchDragEvent', { type, x: 400, y: 300, data });
    }
    await session.detach();
  }

  /** Whether something is scrolled as far as it should be, in CSS pixels. */
  scrollTop(selector: string): Promise<number> {
    return this.page.locator(selector).evaluate(({ scrollTop }) => scrollTop);
  }
}
