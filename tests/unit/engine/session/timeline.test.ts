import { describe, expect, it } from 'vitest';
import { Timeline } from '../../../../electron/engine/session/timeline.ts';

describe('Timeline', () => {
  it('keeps every point of a short load', () => {
    const timeline = new Timeline();
    for (let at = 1; at <= 10; at++) timeline.add(at * 1000, at * 2);
    expect(timeline.points).toHaveLength(10);
    expect(timeline.points.at(-1)).toEqual({ micros: 10_000, bytes: 20 });
  });

  it('lets the end take the place of a point just before it', () => {
    const timeline = new Timeline();
    timeline.add(1000, 10);
    timeline.add(2000, 20);
    timeline.add(2100, 30);
    expect(timeline.points).toEqual([
      { micros: 1000, bytes: 10 },
      { micros: 2100, bytes: 30 },
    ]);
  });

  it('thins out a long one, keeps its order and end, and asks for points less often', () => {
    const timeline = new Timeline();
    const before = timeline.millis;
    // Asked for a point as often as the timeline wants one.
    let micros = 0;
    while (micros < 5_000_000) {
      micros += timeline.millis * 1000;
      timeline.add(micros, micros);
    }
    const { points } = timeline;
    expect(points.length).toBeLessThanOrEqual(200);
    expect(points.length).toBeGreaterThan(90);
    expect(points.at(-1)).toEqual({ micros, bytes: micros });
    expect(points.every((point, at) => at === 0 || point.micros > (points[at - 1]?.micros ?? 0))).toBe(true);
    expect(timeline.millis).toBeGreaterThan(before);
  });
});
