import { describe, expect, it } from 'vitest';
import { layoutStepTimes, stepAt } from '../../../renderer/stores/stepTimes.ts';
import { sampleSteps } from './samples.ts';

const steps = sampleSteps(1, Array<number>(50).fill(1)).map((step, index) => ({
  ...step,
  draftMicros: 100,
  verifyMicros: index === 0 ? 300 : 100,
}));

describe('bars of the time strip', () => {
  it('stack verify on draft, the slowest step as high as the strip', () => {
    const { ceiling, draft, verify } = layoutStepTimes(steps, 2, 100, 40);
    expect(ceiling).toBe(400);
    expect(draft).toBe('M0 40v-10h13v10zM14 40v-10h13v10z');
    expect(verify).toBe('M0 30v-30h13v30zM14 30v-10h13v10z');
  });

  it('keep the latest steps where not all fit', () => {
    const layout = layoutStepTimes(steps, 50, 60, 40);
    expect(layout).toMatchObject({ from: 30, count: 20, pitch: 3, ceiling: 200 });
    expect(stepAt(layout, 0)).toBe(30);
    expect(stepAt(layout, 59)).toBe(49);
    expect(stepAt(layout, 60)).toBeNull();
    expect(stepAt(layout, -1)).toBeNull();
  });

  it('cut off what is far beyond the usual steps, and say how many and how high', () => {
    const busy = steps.map((step, index) => (index === 9 ? { ...step, verifyMicros: 9900 } : step));
    const layout = layoutStepTimes(busy, 20, 400, 40);
    expect(layout).toMatchObject({ ceiling: 800, longest: 10_000, cutOff: 1, notches: 'M126 6v-2h13v2z' });
    // The usual ones are still there to see.
    expect(layout.verify).toContain('M14 35v-5h13v5z');
  });

  it('are none without steps, and without room', () => {
    expect(layoutStepTimes([], 0, 100, 40)).toMatchObject({ count: 0, draft: '', ceiling: 0 });
    expect(layoutStepTimes(steps, 5, 0, 40)).toMatchObject({ count: 0, verify: '' });
  });
});
