import { describe, expect, it } from 'vitest';
import { createInspectStore } from '../../../renderer/stores/inspectStore.ts';
import { countUnusable, logRange } from '../../../renderer/widgets/ScaleGrid.tsx';
import { fakeClient, settle } from './fakeClient.ts';

describe('reading the values of a tensor', () => {
  it('keeps only the answer about the tensor asked for last, and a failure', async () => {
    const { client, asked } = fakeClient();
    const store = createInspectStore(client);
    void store.read(1);
    void store.read(2);
    asked[0]?.resolve({ tensor: 1 });
    await settle();
    expect(store.getState().inspection).toEqual({ kind: 'reading', tensor: 2 });
    asked[1]?.reject(new Error('gone'));
    await settle();
    expect(store.getState().inspection).toMatchObject({ kind: 'failed', tensor: 2, failure: { message: 'gone' } });
  });

  it('measures scales in powers of two and leaves out what is no size', () => {
    expect(logRange([0.5, 0, 4, Number.NaN, Number.POSITIVE_INFINITY])).toEqual({ low: -1, high: 2 });
    expect(logRange([0, Number.NaN])).toBeNull();
    expect(countUnusable([0.5, 0, 4, Number.NaN, Number.POSITIVE_INFINITY])).toBe(3);
  });
});
