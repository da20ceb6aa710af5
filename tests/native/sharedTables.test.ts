/** A load that has the MTP layers use the target's embedding and head, as the reference does once it has loaded. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import type { DecodeStep } from '../../electron/common/contract.ts';
import { greedy, type Predictor, singleRank } from '../../electron/common/domain.ts';
import { Session } from '../../electron/engine/session/session.ts';
import { makeFolder } from '../support/checkpointFolder.ts';
import { zeroInDemo } from '../support/spoiltDemo.ts';
import { addonPath } from './nativeSupport.ts';

const demo = fileURLToPath(new URL('../../assets/demo-model', import.meta.url));
/** Two MTP layers, an embedding and a head each: 2048 rows of 256 bf16. */
const ownBytes = 4 * 2048 * 256 * 2;
const isOwnTable = (name: string) => /layers\.[45]\.(embed_tokens|shared_head\.head)/.test(name);

let session: Session;
let steps: DecodeStep[] = [];

async function open(folder: string, sharesTables: boolean): Promise<void> {
  session = new Session({
    addonPath,
    version: 'test',
    threads: 2,
    sharesTables,
    emit: () => undefined,
    emitStep: (step) => steps.push(step),
  });
  expect(await session.open(folder)).toMatchObject({ ok: true });
}

async function draftsOf(predictor: Predictor) {
  steps = [];
  const state = await session.decode({
    prompt: 'And',
    maxTokens: 24,
    numSpeculativeTokens: 2,
    predictor,
    sampling: greedy,
    paceMillis: 0,
  });
  expect(state.failure).toBeNull();
  return { drafts: steps.map(({ draftIds }) => draftIds), output: state.outputIds, notes: state.notes };
}

/** Every tensor of a pass over four ids, by name. */
async function forward(sharesTables: boolean): Promise<Map<string, number[]>> {
  const tensors = new Map<string, number[]>();
  const request = { ids: [5, 9, 100, 7], positions: null, alternatives: [], sharesTables };
  await session.forward(request, {
    begin: async () => undefined,
    rows: async (name, _first, values) => void tensors.set(name, [...(tensors.get(name) ?? []), ...values]),
  });
  return tensors;
}

function zeroedCopies(): string {
  const folder = join(makeFolder(), 'zeroed');
  zeroInDemo(folder, isOwnTable);
  return folder;
}

describe('embedding and head shared with the target', () => {
  afterEach(() => session.end());

  it('are not read: as many bytes less as the copies have, and the load says so', async () => {
    await open(demo, false);
    const own = await session.load(2);
    expect(own.groups.map(({ id }) => id)).not.toContain('shared');
    await session.end();
    await open(demo, true);
    const shared = await session.load(2);
    expect(shared).toMatchObject({ status: 'done', tensorsDone: own.tensorsDone - 4 });
    expect(own.bytesRead - shared.bytesRead).toBe(ownBytes);
    expect(own.parameterBytes - shared.parameterBytes).toBe(ownBytes);
    expect(shared.groups.find(({ id }) => id === 'shared')).toMatchObject({
      kind: 'skipped',
      tensors: 4,
      bytes: ownBytes,
    });
    expect(session.memoryNeed().ranks[0]).toMatchObject({ total: shared.parameterBytes, ownTables: ownBytes });
    expect(session.memoryNeed().run?.weights).toBe(shared.parameterBytes);
  });

  it('are left out on a rank of several too', async () => {
    await open(demo, true);
    session.makePlan({ ...singleRank, tensorParallelSize: 2, rank: 1 });
    const state = await session.load(2);
    expect(state.status).toBe('done');
    const [need] = session.memoryNeed().ranks;
    expect(state.parameterBytes).toBe(need?.total);
    // The drafter of several ranks has one embedding, and half of each table.
    expect(need?.ownTables).toBe((3 * 2048 * 256 * 2) / 2);
  });

  it('decode as before where the copies are the same', async () => {
    await open(demo, false);
    const own = await draftsOf('modules');
    expect(own.notes).toEqual([]);
    await session.handlers['tables.share']({ shared: true });
    const shared = await draftsOf('modules');
    expect(session.memoryNeed().sharesTables).toBe(true);
    expect(shared).toEqual({ ...own, notes: ["MTP layers use the target's embedding and head, not their own."] });
    // The weights were loaded again: what is in memory is what was asked for.
    expect((await session.handlers['session.state']({})).load?.groups.map(({ id }) => id)).toContain('shared');
  });

  it("draft as the reference's predictor would where the copies differ, which their own do not", async () => {
    await open(demo, false);
    const asTrained = await draftsOf('modules');
    await session.end();
    await open(zeroedCopies(), false);
    const own = await draftsOf('modules');
    expect(own.output).toEqual(asTrained.output);
    expect(own.drafts).not.toEqual(asTrained.drafts);
    const ofReference = await draftsOf('referenceEngine');
    await session.handlers['tables.share']({ shared: true });
    expect((await draftsOf('modules')).drafts).toEqual(asTrained.drafts);
    expect(await draftsOf('referenceEngine')).toEqual(ofReference);
  });

  it('forward computes with the checkpoint’s own unless it is asked to share', async () => {
    await open(demo, false);
    const asTrained = await forward(false);
    expect(await forward(true)).toEqual(asTrained);
    await session.end();
    await open(zeroedCopies(), false);
    expect((await forward(false)).get('mtp.1.logits')).not.toEqual(asTrained.get('mtp.1.logits'));
    expect(await forward(true)).toEqual(asTrained);
  });
});
