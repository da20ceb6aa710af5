/** One checkpoint after another: what is kept when the next is no good, and what is let go when it is. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { EventName } from '../../../../electron/common/contract.ts';
import { singleRank } from '../../../../electron/common/domain.ts';
import { collectGarbage } from '../../../../electron/engine/session/collectGarbage.ts';
import { Session } from '../../../../electron/engine/session/session.ts';
import { brokenCheckpoint } from '../../../support/brokenCheckpoints.ts';
import { makeFolder, testConfig, writeJson } from '../../../support/checkpointFolder.ts';
import { valued } from '../../../support/valueFixtures.ts';

const told: EventName[] = [];
const session = new Session({
  addonPath: '',
  version: '',
  checksValues: true,
  emit: (event) => void told.push(event),
  emitStep: () => undefined,
});

describe('opening another checkpoint', () => {
  afterEach(() => {
    session.close();
    told.length = 0;
  });

  it('that is no good leaves the open one as it is', async () => {
    const good = brokenCheckpoint({ change: valued() });
    await session.open(good);
    const { checkpoint, plan } = session;
    const withoutWeights = makeFolder();
    writeJson(withoutWeights, 'config.json', testConfig);
    const cutHeaders = makeFolder();
    writeJson(cutHeaders, 'config.json', testConfig);
    writeFileSync(join(cutHeaders, 'model.safetensors'), 'no header');
    for (const bad of [makeFolder(), join(good, 'gone'), withoutWeights, cutHeaders]) {
      expect(await session.open(bad)).toMatchObject({ ok: false });
      expect(told.at(-1)).toBe('checkpoint.failed');
      expect(session.checkpoint).toBe(checkpoint);
      expect(session.plan).toBe(plan);
    }
    expect(session.makePlan({ ...singleRank, tensorParallelSize: 2 }).parallel.tensorParallelSize).toBe(2);
  });

  it('lets go of the one before, of its plan and of what looked at its values', async () => {
    await session.open(brokenCheckpoint({ change: valued() }));
    session.makePlan({ ...singleRank, tensorParallelSize: 2 });
    // In a function of its own, so that this frame holds nothing.
    const references = (() => {
      const { checkpoint, plan } = session;
      return [checkpoint, checkpoint?.tensors, plan].map((kept) => new WeakRef(kept as object));
    })();
    const looking = session.checkValues().catch(() => undefined);
    await session.open(brokenCheckpoint({ change: valued() }));
    await looking;
    await expect
      .poll(() => {
        collectGarbage();
        return references.map((reference) => reference.deref() === undefined);
      })
      .toEqual([true, true, true]);
  });
});
