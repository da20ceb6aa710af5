import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../../../electron/engine/checkpoint/openCheckpoint.ts';
import { checkpointFindings } from '../../../../electron/engine/session/findings/checkpointFindings.ts';
import { writeCheckpoint, writeJson, writeShard } from '../../../support/checkpointFolder.ts';

const target = { name: 'model.norm.weight', shape: [8] };
const mtp = { name: 'model.layers.1.enorm.weight', shape: [8] };
const other = { name: 'model.layers.1.hnorm.weight', shape: [8] };

async function findings(folder: string) {
  return checkpointFindings(await openCheckpoint(folder)).map(({ code, severity, sentence }) => ({
    code,
    severity,
    sentence,
  }));
}

function setTotalSize(folder: string, total: number): void {
  const index = JSON.parse(readFileSync(join(folder, 'model.safetensors.index.json'), 'utf8'));
  writeJson(folder, 'model.safetensors.index.json', { ...index, metadata: { total_size: total } });
}

describe('checkpointFindings', () => {
  it('has nothing to say about a folder whose index and files agree', async () => {
    const folder = writeCheckpoint({ 'a.safetensors': [target, mtp] });
    setTotalSize(folder, 32);
    expect(await findings(folder)).toEqual([]);
  });

  it('names a file that the index does not name, gravely when MTP tensors lie in it', async () => {
    const folder = writeCheckpoint({ 'a.safetensors': [target] });
    writeShard(folder, 'extra.safetensors', [{ name: 'adapter.weight', shape: [2] }]);
    expect(await findings(folder)).toMatchObject([{ code: 'unlistedFile', severity: 'warning' }]);
    writeShard(folder, 'mtp.safetensors', [mtp, other]);
    const [found] = await findings(folder);
    expect(found).toMatchObject({ code: 'unlistedFile', severity: 'silent' });
    expect(found?.sentence).toMatch(
      /extra\.safetensors, mtp\.safetensors are not named .* 3 tensors there, 2 of them of MTP/,
    );
  });

  it('names tensors that the index omits from a file it names', async () => {
    const folder = writeCheckpoint(
      { 'a.safetensors': [target, mtp, other] },
      { weightMap: { [target.name]: 'a.safetensors', [mtp.name]: 'a.safetensors' } },
    );
    const found = await findings(folder);
    expect(found).toMatchObject([{ code: 'tensorsOutsideIndex', severity: 'warning' }]);
    expect(found[0]?.sentence).toContain('1 tensor that the index omits, model.layers.1.hnorm.weight in a.safetensors');
  });

  it('tells a total_size that is not the sum of the tensors', async () => {
    const folder = writeCheckpoint({ 'a.safetensors': [target, mtp] });
    setTotalSize(folder, 16);
    const found = await findings(folder);
    expect(found).toMatchObject([{ code: 'totalSizeDiffers', severity: 'warning' }]);
    expect(found[0]?.sentence).toMatch(/16 bytes, .* have 32\.$/);
  });

  it('names the files that explain the difference: a series of shards, or two files', async () => {
    const folder = writeCheckpoint({
      'a.safetensors': [target],
      'mtp-1.safetensors': [mtp],
      'mtp-2.safetensors': [{ ...other, shape: [24] }],
    });
    setTotalSize(folder, 16);
    expect((await findings(folder))[0]?.sentence).toMatch(
      /difference, 64 bytes, is what mtp-1\.safetensors and mtp-2\.safetensors hold\.$/,
    );
    setTotalSize(folder, 64);
    expect((await findings(folder))[0]?.sentence).toMatch(/16 bytes, is what \S+ holds\.$/);
    setTotalSize(folder, 48);
    expect((await findings(folder))[0]?.sentence).toMatch(
      /32 bytes, is what a\.safetensors and mtp-1\.safetensors hold\.$/,
    );
    setTotalSize(folder, 47);
    expect((await findings(folder))[0]?.sentence).not.toContain('difference');
  });
});
