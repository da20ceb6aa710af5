import type { Locator, Page } from '@playwright/test';

/** The Load view. */
export class LoadView {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  get start(): Locator {
    return this.page.getByRole('button', { name: 'Load weights' });
  }

  /** Of a load that has ended. */
  get report(): Locator {
    return this.page.getByTestId('load-report');
  }

  get percent(): Locator {
    return this.page.getByTestId('load-percent');
  }

  /** What plain reads of the same files reach. */
  get ceiling(): Locator {
    return this.page.getByTestId('load-ceiling');
  }

  get lanes(): Locator {
    return this.page.getByTestId('load-lanes');
  }

  get track(): Locator {
    return this.lanes.locator('canvas');
  }

  /** The time that is shown, in words. */
  get range(): Locator {
    return this.page.getByTestId('load-lanes-range');
  }

  /** What lies under the pointer. */
  get told(): Locator {
    return this.page.getByTestId('load-lanes-told');
  }

  async save(button: 'Save load…' | 'CSV…' | 'SVG…'): Promise<void> {
    await this.page.getByRole('button', { name: button, exact: true }).click();
  }
}
