import type { Locator, Page } from '@playwright/test';

export interface ShownToken {
  readonly verdict: string;
  readonly id: number;
}

/** The Draft view: form, token strip, figures. */
export class DraftView {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  get run(): Locator {
    return this.#page.getByRole('button', { name: 'Run', exact: true });
  }

  get stop(): Locator {
    return this.#page.getByRole('button', { name: 'Stop', exact: true });
  }

  get step(): Locator {
    return this.#page.getByRole('button', { name: 'Step', exact: true });
  }

  get resume(): Locator {
    return this.#page.getByRole('button', { name: 'Resume', exact: true });
  }

  /** Rows of the list of steps, the latest first. */
  get stepRows(): Locator {
    return this.#page.getByTestId('step-list').locator('.virtualRow');
  }

  /** Tokens of one verdict, in the strip. */
  tokens(verdict: 'prompt' | 'first' | 'accepted' | 'recovered' | 'bonus' | 'rejected' | 'plain'): Locator {
    return this.#page.getByTestId('token-strip').locator(`[data-verdict="${verdict}"]`);
  }

  /** Ids of the prompt, where there is no tokenizer. */
  get ids(): Locator {
    return this.#page.getByRole('textbox', { name: 'Token ids of the prompt' });
  }

  /** One line of what a run needs, before there was one. */
  point(name: 'prompt' | 'drafts' | 'memory' | 'weights' | 'findings'): Locator {
    return this.#page.getByTestId('before-run').locator(`[data-point="${name}"]`);
  }

  get byPosition(): Locator {
    return this.#page.getByTestId('acceptance-by-position');
  }

  get lengthChart(): Locator {
    return this.#page.getByTestId('mean-acceptance-length');
  }

  get meanLength(): Locator {
    return this.#page.getByTestId('mean-length');
  }

  get acceptanceRate(): Locator {
    return this.#page.getByTestId('acceptance-rate');
  }

  async fill(form: {
    prompt: string;
    numSpeculativeTokens: number;
    maxTokens: number;
    pace: 'full speed' | 'slow';
    /** 0 where it is left out: the recorded runs are greedy. */
    temperature?: number;
  }): Promise<void> {
    await this.#page.getByRole('textbox', { name: 'Prompt' }).fill(form.prompt);
    await this.#page.getByLabel('Drafts per step (k)').selectOption(String(form.numSpeculativeTokens));
    await this.#page.getByLabel('max tokens').fill(String(form.maxTokens));
    await this.#page.getByLabel('temperature').fill(String(form.temperature ?? 0));
    await this.#page.getByLabel('pace').selectOption({ label: form.pace });
  }

  /** Where every panel of the view lies. */
  async layout(): Promise<unknown[]> {
    const panels = await this.#page.locator('main .panel').all();
    return Promise.all(panels.map((panel) => panel.boundingBox()));
  }

  /** Every token of the strip within the token limit, in order. */
  async shownTokens(): Promise<ShownToken[]> {
    return this.#page
      .getByTestId('token-strip')
      .locator('[data-verdict]:not([data-beyond])')
      .evaluateAll((elements) =>
        elements.map((element) => ({
          verdict: element.getAttribute('data-verdict') ?? '',
          id: Number(element.getAttribute('data-id')),
        })),
      );
  }
}
