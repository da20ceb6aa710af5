import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';

const graveImpacts = new Set(['serious', 'critical']);

/** What locks people out of the page as it stands, one line a finding. */
export async function graveViolations(page: Page, where: string): Promise<string[]> {
  // Electron has no second page for axe to work in.
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
  return violations
    .filter(({ impact }) => graveImpacts.has(impact ?? ''))
    .map(
      ({ id, impact, nodes }) =>
        `${where}: ${id} (${impact}) at ${nodes.map((node) => node.target.join(' ')).join(', ')}`,
    );
}
