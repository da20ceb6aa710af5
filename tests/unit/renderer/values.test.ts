import { describe, expect, it } from 'vitest';
import { createValuesStore } from '../../../renderer/stores/valuesStore.ts';
import { fakeClient } from './fakeClient.ts';
import { sampleCheckpoint } from './samples.ts';

const progress = { checkpointId: 1, bytesRead: 12e6, bytesTotal: 64e6, filesRead: 1, files: 4 };

describe('the look at values', () => {
  it('is told of while it lasts, and not after it, another checkpoint, or the end of the engine', () => {
    const { client, emit, status } = fakeClient();
    const store = createValuesStore(client);
    const ends: readonly (() => void)[] = [
      () => emit('values.progress', { ...progress, status: 'done' }),
      () => emit('values.progress', { ...progress, status: 'stopped' }),
      () => emit('checkpoint.opened', sampleCheckpoint()),
      () => status({ status: 'stopped', failure: { code: 'engineStopped', message: '', hint: '' } }),
    ];
    for (const end of ends) {
      emit('values.progress', { ...progress, status: 'reading' });
      expect(store.getState().reading?.bytesRead).toBe(12e6);
      end();
      expect(store.getState().reading).toBeNull();
    }
  });
});
