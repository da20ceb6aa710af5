import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../../../electron/engine/checkpoint/openCheckpoint.ts';
import { measureReadCeiling } from '../../../../electron/engine/session/readCeiling.ts';

const demo = fileURLToPath(new URL('../../../../assets/demo-model', import.meta.url));

describe('plain reads', () => {
  it('read every byte of small files, by no more readers than the system has threads for', async () => {
    const checkpoint = await openCheckpoint(demo);
    const bytes = checkpoint.files.reduce((sum, file) => sum + file.bytes, 0);
    const two = await measureReadCeiling(checkpoint, 2);
    expect(two).toMatchObject({ bytes, readers: 2 });
    expect(two.micros).toBeGreaterThan(0);
    expect(two.passes).toBeGreaterThanOrEqual(1);
    expect((await measureReadCeiling(checkpoint, 64)).readers).toBe(4);
  });

  it('refuse headers without weights and files that are gone, with a sentence', async () => {
    const checkpoint = await openCheckpoint(demo);
    await expect(measureReadCeiling({ ...checkpoint, headersOnly: true }, 2)).rejects.toMatchObject({
      failure: { code: 'headersOnly' },
    });
    const files = checkpoint.files.map((file) => ({ ...file, path: `${file.path}.gone` }));
    await expect(measureReadCeiling({ ...checkpoint, files }, 2)).rejects.toMatchObject({
      failure: { code: 'readFailed' },
      message: 'The files could not be read again for comparison (ENOENT).',
    });
  });
});
