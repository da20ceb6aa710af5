import { describe, expect, it } from 'vitest';
import { singleRank } from '../../electron/common/domain.ts';
import { openCheckpoint } from '../../electron/engine/checkpoint/openCheckpoint.ts';
import { nativeModelConfig } from '../../electron/engine/decoding/nativeConfig.ts';
import { sequenceBytes } from '../../electron/engine/decoding/sequenceBytes.ts';
import { draftPlan } from '../../electron/engine/session/plans.ts';
import { planWeights } from '../../electron/engine/session/weightPlan.ts';
import { inRoot } from '../../scripts/project.mjs';
import { openLibrary } from './nativeSupport.ts';

describe('memory that is told before a load', () => {
  it.each([40, 300])('is what the weights and a text of %i tokens take', async (rows) => {
    const checkpoint = await openCheckpoint(inRoot('assets/demo-model'));
    const native = nativeModelConfig(checkpoint.config, checkpoint.config.numNextnPredictLayers ?? 0);
    const plan = planWeights(checkpoint, draftPlan(checkpoint, singleRank));
    const device = openLibrary().openDevice('cpu', { threads: 1 });
    const store = device.createStore(plan.parameters);
    expect(store.bytes).toBe(plan.parameterBytes);
    await store.load(plan.files, plan.items, { threads: 1 });
    const model = store.createModel(native);
    const sequence = model.createSequence(rows);
    const tokens = Int32Array.from({ length: rows }, (_, at) => at % 100);
    await sequence.targetPass(tokens, 0, { logitRows: 'all', top: 1 });
    const { cache, activations } = sequenceBytes(native, rows);
    expect(sequence.bytes).toBeLessThanOrEqual(cache + activations);
    expect(sequence.bytes).toBeGreaterThan(0.95 * (cache + activations));
    sequence.close();
    model.close();
    store.close();
    device.close();
  });
});
