import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FailureError } from '../../../../electron/common/failure.ts';
import { openCheckpoint } from '../../../../electron/engine/checkpoint/openCheckpoint.ts';
import { isConfinedName, parseShardIndex } from '../../../../electron/engine/checkpoint/shardIndex.ts';
import { indexOfTensor } from '../../../../electron/engine/checkpoint/tensorIndex.ts';
import { makeFolder, testConfig, writeCheckpoint, writeJson, writeShard } from '../../../support/checkpointFolder.ts';

const a = { name: 'model.layers.1.enorm.weight', shape: [8] };
const b = { name: 'model.layers.1.hnorm.weight', shape: [8] };
const twoShards = { 'm-1.safetensors': [a], 'm-2.safetensors': [b] };

async function codeOf(path: string): Promise<string> {
  try {
    await openCheckpoint(path);
  } catch (error) {
    if (error instanceof FailureError) return error.failure.code;
    throw error;
  }
  return 'opened';
}

describe('openCheckpoint', () => {
  it('reads config, files and tensors of a sharded folder', async () => {
    const checkpoint = await openCheckpoint(writeCheckpoint(twoShards));
    expect(checkpoint.config.numNextnPredictLayers).toBe(1);
    expect(checkpoint.files.map((file) => file.name)).toEqual(['m-1.safetensors', 'm-2.safetensors']);
    expect(checkpoint.tensors.map((tensor) => [tensor.name, tensor.file])).toEqual([
      [a.name, 0],
      [b.name, 1],
    ]);
    expect(checkpoint.problems).toEqual([]);
  });

  it('takes a path inside the folder for the folder', async () => {
    const folder = writeCheckpoint(twoShards);
    mkdirSync(join(folder, 'inference'));
    for (const inside of ['config.json', 'm-1.safetensors', 'inference']) {
      expect((await openCheckpoint(join(folder, inside))).folder).toBe(folder);
    }
  });

  it('reads a single file without an index', async () => {
    const folder = makeFolder();
    writeJson(folder, 'config.json', testConfig);
    writeShard(folder, 'model.safetensors', [a, b]);
    const checkpoint = await openCheckpoint(folder);
    expect(checkpoint.index).toBeNull();
    expect(checkpoint.tensors).toHaveLength(2);
  });

  // Windows has no named pipes in folders.
  it.skipIf(process.platform === 'win32').each(['model.safetensors.index.json', 'generation_config.json'])(
    'does not wait for a writer when %s is a named pipe',
    async (name) => {
      const folder = writeCheckpoint(twoShards);
      rmSync(join(folder, name), { force: true });
      execFileSync('mkfifo', [join(folder, name)]);
      expect((await openCheckpoint(folder)).tensors).toHaveLength(2);
    },
  );

  it('takes an index of more names than one call takes arguments', async () => {
    const folder = makeFolder();
    writeJson(folder, 'config.json', testConfig);
    const names = Array.from({ length: 200_000 }, (_, at) => [`model.layers.1.x${at}`, 'm.safetensors']);
    writeJson(folder, 'model.safetensors.index.json', { weight_map: Object.fromEntries(names) });
    const checkpoint = await openCheckpoint(folder);
    expect(checkpoint.tensors).toHaveLength(200_000);
    expect(checkpoint.problems.map(({ code }) => code)).toEqual(['shardsAbsent']);
  });

  it('follows shards that are symlinks out of the folder, as in a download cache', async () => {
    const folder = writeCheckpoint(twoShards);
    const blobs = makeFolder();
    renameSync(join(folder, 'm-1.safetensors'), join(blobs, 'abc123'));
    symlinkSync(join(blobs, 'abc123'), join(folder, 'm-1.safetensors'));
    const checkpoint = await openCheckpoint(folder);
    expect(checkpoint.problems).toEqual([]);
    expect(checkpoint.files[0]?.path).toBe(join(blobs, 'abc123'));
  });

  it('refuses what is no checkpoint, each with its own code', async () => {
    expect(await codeOf(join(makeFolder(), 'gone'))).toBe('folderNotFound');
    expect(await codeOf(makeFolder())).toBe('notACheckpoint');
    const weightsOnly = makeFolder();
    writeShard(weightsOnly, 'model.safetensors', [a]);
    expect(await codeOf(weightsOnly)).toBe('notACheckpoint');
    const configOnly = makeFolder();
    writeJson(configOnly, 'config.json', testConfig);
    expect(await codeOf(configOnly)).toBe('noWeights');
    const broken = writeCheckpoint(twoShards);
    writeFileSync(join(broken, 'config.json'), '{"model_type": ');
    expect(await codeOf(broken)).toBe('configUnreadable');
  });

  it('keeps what is left when a shard is missing, cut short or not what the index says', async () => {
    const missing = writeCheckpoint(twoShards);
    rmSync(join(missing, 'm-2.safetensors'));
    const withoutOne = await openCheckpoint(missing);
    expect(withoutOne.problems.map((problem) => problem.code)).toEqual(['shardMissing']);
    expect(withoutOne.problems[0]?.message).toContain('m-2.safetensors');
    expect(withoutOne.tensors).toHaveLength(1);

    const cut = writeCheckpoint(twoShards);
    truncateSync(join(cut, 'm-2.safetensors'), 100);
    const shortened = await openCheckpoint(cut);
    expect(shortened.problems.map((problem) => problem.code)).toEqual(['shardTruncated']);

    const lying = writeCheckpoint(twoShards, {
      weightMap: { [a.name]: 'm-1.safetensors', [b.name]: 'm-2.safetensors', 'model.norm.weight': 'm-2.safetensors' },
    });
    const incomplete = await openCheckpoint(lying);
    expect(incomplete.problems).toMatchObject([
      { code: 'tensorMissing', message: expect.stringMatching(/which does not hold it\.$/) },
    ]);
    expect(incomplete.problems[0]?.message).toContain('model.norm.weight');
    expect(incomplete.tensors).toHaveLength(2);
  });

  it('keeps the names of the index when no header can be read, and refuses when there is no index either', async () => {
    const folder = writeCheckpoint(twoShards);
    for (const name of Object.keys(twoShards)) rmSync(join(folder, name));
    const named = await openCheckpoint(folder);
    expect(named.problems.map((problem) => problem.code)).toEqual(['shardsAbsent']);
    expect(named.tensors.map((tensor) => [tensor.name, tensor.file])).toEqual([
      [a.name, -1],
      [b.name, -1],
    ]);
    writeFileSync(join(folder, 'model.safetensors.index.json'), '{}');
    expect(await codeOf(folder)).toBe('indexUnreadable');
  });

  it('uses the headers when the index is damaged, and says so', async () => {
    const folder = writeCheckpoint(twoShards);
    writeFileSync(join(folder, 'model.safetensors.index.json'), '{"weight_map": 7}');
    const checkpoint = await openCheckpoint(folder);
    expect(checkpoint.problems.map((problem) => problem.code)).toEqual(['indexUnreadable']);
    expect(checkpoint.tensors).toHaveLength(2);
  });

  it('never opens a file that the index places outside the folder', async () => {
    const outside = makeFolder();
    writeShard(outside, 'secret.safetensors', [b]);
    const folder = writeCheckpoint(
      { 'm-1.safetensors': [a] },
      { weightMap: { [a.name]: 'm-1.safetensors', [b.name]: join(outside, 'secret.safetensors') } },
    );
    const checkpoint = await openCheckpoint(folder);
    expect(checkpoint.problems.map((problem) => problem.code)).toEqual(['unsafeName']);
    expect(checkpoint.tensors.map((tensor) => tensor.name)).toEqual([a.name]);
  });

  it('reads end tokens from generation_config.json before config.json', async () => {
    const folder = writeCheckpoint(twoShards, { config: { eos_token_id: 1 } });
    expect((await openCheckpoint(folder)).endTokenIds).toEqual([1]);
    writeJson(folder, 'generation_config.json', { eos_token_id: [2, 3] });
    expect((await openCheckpoint(folder)).endTokenIds).toEqual([2, 3]);
  });

  it('tells once that it will succeed, and never when it fails', async () => {
    const told = async (folder: string) => {
      let times = 0;
      const whenReadable = async () => void times++;
      const opened = await openCheckpoint(folder, { whenReadable }).then(
        () => true,
        () => false,
      );
      return [opened, times];
    };
    expect(await told(writeCheckpoint(twoShards))).toEqual([true, 1]);
    const nested = writeCheckpoint(twoShards, { weightMap: { [a.name]: 'sub/m.safetensors' } });
    mkdirSync(join(nested, 'sub'));
    renameSync(join(nested, 'm-1.safetensors'), join(nested, 'sub/m.safetensors'));
    rmSync(join(nested, 'm-2.safetensors'));
    expect(await told(nested)).toEqual([true, 1]);
    const named = writeCheckpoint(twoShards);
    for (const name of Object.keys(twoShards)) rmSync(join(named, name));
    expect(await told(named)).toEqual([true, 1]);
    expect(
      await told(writeCheckpoint({ 'm-1.safetensors': [] }, { weightMap: { [a.name]: 'm-1.safetensors' } })),
    ).toEqual([true, 1]);
    writeFileSync(join(named, 'model.safetensors.index.json'), '{}');
    expect(await told(named)).toEqual([false, 0]);
    const unreadable = makeFolder();
    writeJson(unreadable, 'config.json', testConfig);
    for (const name of ['a.safetensors', 'b.safetensors']) writeFileSync(join(unreadable, name), 'no header');
    expect(await told(unreadable)).toEqual([false, 0]);
    expect(await told(makeFolder())).toEqual([false, 0]);
  });

  it('finds tensors by name, the first of two', async () => {
    const { tensors } = await openCheckpoint(writeCheckpoint({ 'm-1.safetensors': [a, b], 'm-2.safetensors': [b] }));
    expect([a, b].map(({ name }) => indexOfTensor(tensors, name))).toEqual([0, 1]);
    for (const name of ['', 'constructor', '__proto__']) expect(indexOfTensor(tensors, name)).toBe(-1);
  });

  it('keeps one array for all tensors of a shape', async () => {
    const other = { name: 'model.layers.1.eh_proj.weight', shape: [8, 1] };
    const { tensors } = await openCheckpoint(writeCheckpoint({ 'm-1.safetensors': [a, b, other] }));
    expect(tensors.map(({ shape }) => shape)).toEqual([[8], [8], [8, 1]]);
    expect(tensors[0]?.shape).toBe(tensors[1]?.shape);
  });

  it('stops when aborted', async () => {
    await expect(openCheckpoint(writeCheckpoint(twoShards), { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });
});

describe('isConfinedName', () => {
  it('accepts names below the folder only', () => {
    for (const name of ['model.safetensors', 'sub/model.safetensors', '..model', 'a..b']) {
      expect(isConfinedName(name), name).toBe(true);
    }
    for (const name of [
      '',
      '..',
      '../x',
      'a/../../x',
      'a\\..\\x',
      '/etc/passwd',
      '\\\\host\\x',
      'C:x',
      'C:\\x',
      'a\0b',
    ]) {
      expect(isConfinedName(name), name).toBe(false);
    }
  });
});

describe('parseShardIndex', () => {
  it('keeps names that mean something to JavaScript', () => {
    const index = parseShardIndex(
      '{"weight_map": {"__proto__": "a", "constructor": "b"}, "metadata": {"total_size": 5}}',
      'x',
    );
    expect([...index.weightMap]).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
    expect(index.totalSize).toBe(5);
  });
  it.each(['', '[]', '{}', '{"weight_map": {}}', '{"weight_map": []}', '{"weight_map": {"a": 1}}', 'null'])(
    'refuses %j',
    (text) => {
      expect(() => parseShardIndex(text, 'x')).toThrow(FailureError);
    },
  );
});
