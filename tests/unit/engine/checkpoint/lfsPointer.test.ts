import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../../../electron/engine/checkpoint/openCheckpoint.ts';
import { writeCheckpoint } from '../../../support/checkpointFolder.ts';

const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'4d7a21'.repeat(10)}abcd\nsize 5234139343\n`;

function withPointer(file: string): string {
  const tensors = [{ name: 'model.layers.1.enorm.weight', shape: [8] }];
  const folder = writeCheckpoint({
    'a.safetensors': tensors,
    'b.safetensors': [{ name: 'model.norm.weight', shape: [8] }],
  });
  writeFileSync(join(folder, file), pointer);
  return folder;
}

describe('a Git LFS pointer', () => {
  it.each([
    ['b.safetensors', 'headerInvalid'],
    ['model.safetensors.index.json', 'indexUnreadable'],
  ])('in place of %s is told as one, and the rest opens', async (file, code) => {
    const { problems, tensors } = await openCheckpoint(withPointer(file));
    expect(problems).toMatchObject([{ code, hint: expect.stringContaining('git lfs pull') }]);
    expect(problems[0]?.message).toContain('is a Git LFS pointer');
    expect(tensors.map(({ name }) => name)).toContain('model.layers.1.enorm.weight');
  });

  it('in place of config.json is told as one', async () => {
    await expect(openCheckpoint(withPointer('config.json'))).rejects.toMatchObject({
      failure: { code: 'configUnreadable', message: expect.stringContaining('is a Git LFS pointer') },
    });
  });
});
