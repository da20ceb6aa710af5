import { cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from './app.ts';

const demo = fileURLToPath(new URL('../../assets/demo-model', import.meta.url));
const shard = 'model-00003-of-00004.safetensors';

const damages: { name: string; damage: (folder: string) => void; sentence: RegExp; isHarmless?: true }[] = [
  {
    name: 'a missing shard',
    damage: (folder) => rmSync(join(folder, shard)),
    sentence: /model-00003-of-00004\.safetensors is not there/,
  },
  {
    name: 'a truncated shard',
    damage: (folder) => truncateSync(join(folder, shard), 900_000),
    sentence: /model-00003-of-00004\.safetensors is cut short/,
  },
  {
    name: 'an index that names a missing tensor',
    damage: (folder) => {
      const path = join(folder, 'model.safetensors.index.json');
      const index = JSON.parse(readFileSync(path, 'utf8'));
      index.weight_map['model.layers.5.<b>extra</b>.weight'] = shard;
      writeFileSync(path, JSON.stringify(index));
    },
    // Markup in a name is shown as it is written.
    isHarmless: true,
    sentence: /The index places "model\.layers\.5\.<b>extra<\/b>\.weight" in model-00003-of-00004\.safetensors/,
  },
];

for (const { name, damage, sentence, isHarmless } of damages) {
  test.describe(name, () => {
    // Only named here: this file is also read by processes that run none of its tests.
    const folder = join(tmpdir(), `draftscope-damaged-${process.pid}`, name);
    test.use({ folder });
    test.beforeAll(() => {
      cpSync(demo, folder, { recursive: true });
      damage(folder);
    });
    test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

    test(`is said, the rest is still analysed, and loading ${isHarmless ? 'goes on' : 'is refused'}`, async ({
      page,
      window,
    }) => {
      await window.opened();
      if (isHarmless) {
        await expect(window.verdict).toHaveText(/^Would load/);
        await expect(page.getByText(sentence).first()).toBeVisible();
      } else {
        await expect(window.verdict).toHaveText(sentence);
        await expect(window.verdict).toHaveText(/^Would not load/);
      }
      await window.show('Mapping');
      await window.explain('layers.5.eh_proj');
      await window.show('Load');
      await page.getByRole('button', { name: 'Load weights' }).click();
      if (isHarmless) {
        await expect(page.getByTestId('load-report')).toBeVisible();
        await expect(page.getByTestId('load-failure')).toHaveCount(0);
        return;
      }
      await expect(page.getByTestId('load-failure')).toHaveText(sentence);
      await window.show('Draft');
      await page.getByRole('button', { name: 'Run', exact: true }).click();
      await expect(page.getByTestId('decode-failure')).toHaveText(sentence);
    });
  });
}
