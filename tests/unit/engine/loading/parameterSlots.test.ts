/** The slots of every parameter as a grid, held against the plan's own columns and coverage. */
import { describe, expect, it } from 'vitest';
import { slotStates } from '../../../../electron/common/schemas/plan.ts';
import { planLoad } from '../../../../electron/engine/loading/loadPlan.ts';
import { parameterSlots } from '../../../../electron/engine/loading/parameterSlots.ts';
import { placeRank } from '../../../../electron/engine/placement/expertPlacement.ts';
import { planCase, readCase } from './goldenCases.ts';

function planOf(patch: Partial<ReturnType<typeof planCase>['input']['parallel']>) {
  const golden = readCase('bf16-2mtp-tp1-r0');
  const { input } = planCase(golden);
  const parallel = { ...input.parallel, ...patch };
  return planCase(golden, { parallel, placement: placeRank(input.config, parallel) });
}

const setUps = [
  { tensorParallelSize: 1 },
  { tensorParallelSize: 4, rank: 2 },
  { tensorParallelSize: 2, dataParallelSize: 2, enableExpertParallel: true, rank: 3 },
  { tensorParallelSize: 4, enableExpertParallel: true, enableEplb: true, numRedundantExperts: 4, rank: 3 },
] as const;

describe.each(setUps)('slots at %o', (setUp) => {
  const plan = planOf(setUp);
  const grids = plan.table.parameters.map((_, index) => parameterSlots(plan, index));

  it('hold each tensor where the plan says that it goes', () => {
    const { columns } = plan;
    const placed = new Set<number>();
    for (const { parameter, tensors, slots, columnsAre, ranks } of grids)
      for (const [cell, tensor] of tensors.entries()) {
        if (tensor < 0) continue;
        placed.add(tensor);
        expect(columns.parameter[tensor]).toBe(parameter);
        if (columnsAre === 'experts') expect(columns.expert[tensor]).toBe(cell % ranks.length);
        expect(slots).toHaveLength(plan.table.parameters[parameter]?.slotIds.length ?? -1);
      }
    expect(placed.size).toBe(plan.totals.loaded.tensors);
  });

  it('are filled as far as the coverage says', () => {
    for (const [index, { states, slots, ranks }] of grids.entries()) {
      const { slotNumels } = plan.table.parameters[index] as (typeof plan.table.parameters)[number];
      let covered = 0;
      for (const [cell, state] of states.entries())
        if ((slotStates[state] ?? '') === 'filled' || slotStates[state] === 'twice')
          covered += slotNumels[Math.floor(cell / ranks.length)] ?? 0;
      expect(covered).toBe(plan.parameters[index]?.covered);
      expect(states).toHaveLength(slots.length * ranks.length);
    }
  });
});

describe('a grid of slots', () => {
  const w13 = (plan: ReturnType<typeof planOf>) => {
    const index = plan.table.parameters.findIndex(({ name }) => name.endsWith('experts.w13_weight'));
    return parameterSlots(plan, index);
  };
  const count = (grid: ReturnType<typeof w13>, state: (typeof slotStates)[number]) =>
    grid.states.filter((one) => slotStates[one] === state).length;

  it('shows experts of other ranks with the rank that holds them', () => {
    const grid = w13(planOf({ tensorParallelSize: 4, enableExpertParallel: true, rank: 1 }));
    expect(grid.columnsAre).toBe('experts');
    expect(grid.slots).toEqual(['w1', 'w3']);
    expect(count(grid, 'filled')).toBe(grid.states.length / 4);
    expect(count(grid, 'elsewhere')).toBe((grid.states.length / 4) * 3);
    expect([...new Set(grid.ranks)]).toEqual([0, 1, 2, 3]);
    expect(count(grid, 'never')).toBe(0);
  });

  it('shows redundant copies, which the drafter never fills', () => {
    const setUp = { tensorParallelSize: 4, enableExpertParallel: true, enableEplb: true, numRedundantExperts: 4 };
    // 8 experts and 4 copies on 4 ranks: the last rank holds experts 9, 10 and 11.
    const grid = w13(planOf({ ...setUp, rank: 3 }));
    expect(count(grid, 'never')).toBe(2 * 3);
  });

  it('shows a slot that two tensors write, and the one that stays', () => {
    const plan = planOf({ tensorParallelSize: 1 });
    const first = w13(plan).tensors[0] ?? -1;
    const twice = planLoad({
      ...plan.input,
      tensors: [...plan.input.tensors, plan.input.tensors[first] as (typeof plan.input.tensors)[number]],
    });
    const grid = parameterSlots(twice, w13(plan).parameter);
    expect(slotStates[grid.states[0] ?? 0]).toBe('twice');
    expect(grid.writers[0]).toBe(2);
    expect(grid.tensors[0]).toBe(plan.input.tensors.length);
  });

  it('cuts the vocabulary into a column a rank', () => {
    const plan = planOf({ tensorParallelSize: 4, dataParallelSize: 2, rank: 6 });
    const index = plan.table.parameters.findIndex(({ loader }) => loader.kind === 'vocabulary');
    const grid = parameterSlots(plan, index);
    expect(grid.columnsAre).toBe('vocabularyShards');
    expect([...grid.ranks]).toEqual([4, 5, 6, 7]);
    expect(Array.from(grid.states, (state) => slotStates[state])).toEqual([
      'elsewhere',
      'elsewhere',
      'filled',
      'elsewhere',
    ]);
  });

  it('refuses a parameter that is not there', () => {
    expect(() => parameterSlots(planOf({}), 100_000)).toThrow(RangeError);
  });
});
