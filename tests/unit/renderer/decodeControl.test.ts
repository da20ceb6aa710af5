import { describe, expect, it } from 'vitest';
import type { SpeedComparison } from '../../../electron/common/contract.ts';
import { greedy } from '../../../electron/common/domain.ts';
import { FailureError } from '../../../electron/common/failure.ts';
import { createDecodeStore, isDecoding } from '../../../renderer/stores/decodeStore.ts';
import { fakeClient, settle } from './fakeClient.ts';
import { sampleCheckpoint, sampleRun } from './samples.ts';

const request = { prompt: 'And', numSpeculativeTokens: 2, predictor: 'modules', sampling: greedy } as const;

describe('control of a run', () => {
  it('knows k, pace and pause from the start, follows the engine, and forgets them at the end', async () => {
    const fake = fakeClient();
    const store = createDecodeStore(fake.client);
    void store.start({ ...request, maxTokens: 8, paceMillis: 0, paused: true });
    fake.emit('decode.started', sampleRun());
    expect(store.getState().control).toEqual({ paused: true, numSpeculativeTokens: 2, paceMillis: 0 });
    void store.control({ numSpeculativeTokens: 4 });
    expect(fake.last('decode.control').input).toEqual({ numSpeculativeTokens: 4 });
    fake.last('decode.control').resolve({ paused: true, numSpeculativeTokens: 4, paceMillis: 0 });
    await settle();
    expect(store.getState().control).toMatchObject({ numSpeculativeTokens: 4 });
    fake.emit('decode.ended', sampleRun({ status: 'done', endReason: 'length' }));
    expect(store.getState().control).toBeNull();
  });

  it('does not mind that the run has just ended', async () => {
    const fake = fakeClient();
    const store = createDecodeStore(fake.client);
    const changed = store.control({ step: true });
    fake.last('decode.control').reject(new FailureError('notLoaded', 'No decode is running.'));
    await expect(changed).resolves.toBeUndefined();
  });
});

describe('comparison with plain decoding', () => {
  it('is work while it lasts, then a result, and gone with another checkpoint', async () => {
    const fake = fakeClient();
    const store = createDecodeStore(fake.client);
    void store.compare({ ...request, maxTokens: 64 });
    expect(isDecoding(store.getState())).toBe(true);
    const speed = { tokens: 10, micros: 10, tokensPerSecond: 1 };
    const result: SpeedComparison = { ...request, rounds: 3, plain: speed, speculative: speed, cutShort: false };
    fake.last('decode.compare').resolve(result);
    await settle();
    expect(store.getState().comparison).toEqual({ kind: 'done', result });
    expect(isDecoding(store.getState())).toBe(false);
    fake.emit('checkpoint.opened', sampleCheckpoint());
    expect(store.getState().comparison).toEqual({ kind: 'none' });
  });

  it('says why it could not be made', async () => {
    const fake = fakeClient();
    const store = createDecodeStore(fake.client);
    void store.compare({ ...request, maxTokens: 64 });
    fake.last('decode.compare').reject(new FailureError('busy', 'The engine is busy.'));
    await settle();
    expect(store.getState().comparison).toMatchObject({ kind: 'failed', failure: { code: 'busy' } });
  });
});
