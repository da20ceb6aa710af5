import { describe, expect, it } from 'vitest';
import { Timeline } from '../../../../electron/engine/session/timeline.ts';

describe('Timeline', () => {
  it('keeps every point of a short load', () => {
    const timeline = new Timeline();
    for (let at = 1; at <= 10; at++) timeline.add(at, at * 2);
    expect(timeline.points).toHaveLength(10);
    expect(timeline.points.at(-1)).toEqual({ micros: 10, bytes: 20 });
  });

  it('thins out a long one, keeps its order and end, and asks for points less often', () => {
    const timeline = new Timeline();
    const before = timeline.millis;
    for (let at = 1; at <= 5000; at++) timeline.add(at, at);
    const { points } = timeline;
    expect(points.length).toBeLessThanOrEqual(200);
    expect(points.length).toBeGreaterThan(90);
    expect(points.at(-1)).toEqual({ micros: 5000, bytes: 5000 });
    expect(points.every((point, at) => at === 0 || point.micros > (points[at - 1]?.micros ?? 0))).toBe(true);
    expect(timeline.millis).toBeGreaterThan(before);
  });
});
