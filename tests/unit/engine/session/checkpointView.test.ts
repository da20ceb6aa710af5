import { describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../../../electron/engine/checkpoint/openCheckpoint.ts';
import { checkpointView } from '../../../../electron/engine/session/checkpointView.ts';
import { inRoot } from '../../../../scripts/project.mjs';

describe('what the page is told of a checkpoint', () => {
  it('has each dtype and shape once, and which one every tensor has', async () => {
    const checkpoint = await openCheckpoint(inRoot('assets', 'demo-model'));
    const { tensors } = checkpointView(checkpoint, { id: 1, hasTokenizer: true, prompts: [], openedMicros: 0 });
    expect(checkpoint.tensors.length).toBeGreaterThan(300);
    expect(new Set(tensors.shapes.map((shape) => shape.join())).size).toBe(tensors.shapes.length);
    expect(tensors.shapes.length).toBeLessThan(40);
    for (const [at, { shape, dtype }] of checkpoint.tensors.entries()) {
      expect(tensors.shapes[tensors.shape[at] ?? -1]).toEqual(shape);
      expect(tensors.dtypes[tensors.dtype[at] ?? -1]).toBe(dtype);
    }
  });
});
