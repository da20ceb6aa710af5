/** All ranks at once against the plan of every single rank. */
import { describe, expect, it } from 'vitest';
import { type ParallelConfig, singleRank } from '../../../../electron/common/domain.ts';
import { byteKinds } from '../../../../electron/common/schemas/placement.ts';
import { configFromJson } from '../../../../electron/engine/checkpoint/modelConfig.ts';
import type { LoadPlan } from '../../../../electron/engine/loading/loadPlan.ts';
import { kindOf } from '../../../../electron/engine/loading/rankBytes.ts';
import { expertMovesBetween } from '../../../../electron/engine/placement/expertMoves.ts';
import { placeGroup, placeRank } from '../../../../electron/engine/placement/expertPlacement.ts';
import { expertSlotsOf, mismatchedRows } from '../../../../electron/engine/placement/expertSlots.ts';
import { movesView, placementView } from '../../../../electron/engine/session/placementView.ts';
import { goldenNames, planCase, readCase } from '../loading/goldenCases.ts';

const base = readCase('bf16-1mtp-tp1-r0');
const config = configFromJson(base.config);

function planAt(name: string, parallel: ParallelConfig): LoadPlan {
  return planCase(readCase(name), { parallel, placement: placeRank(configFromJson(readCase(name).config), parallel) });
}

function planOf(parallel: Partial<ParallelConfig>, kind: 'drafter' | 'target' = 'drafter'): LoadPlan {
  const full = { ...singleRank, ...parallel };
  return planCase(base, { parallel: full, placement: placeRank(config, full), kind });
}

describe('all ranks', () => {
  it('count the tensors of every rank as the plan of that rank does, in every recorded case', () => {
    let compared = 0;
    for (const name of goldenNames()) {
      const plan = planCase(readCase(name));
      const { parallel } = plan.input;
      const view = placementView(plan, 0);
      if (plan.initError !== null) {
        expect(view.tensors, name).toBeNull();
        continue;
      }
      for (let rank = 0; rank < view.numRanks; rank++) {
        const ofRank = planAt(name, { ...parallel, rank });
        // A tensor that fails on its own rank is skipped by the others, so only whole plans can be compared.
        if (plan.totals.error.tensors > 0 || ofRank.totals.error.tensors > 0 || ofRank.initError !== null) continue;
        const elsewhere = ofRank.rules.find(({ id }) => id === 'skip:expert_not_on_this_rank')?.tensors ?? 0;
        expect([view.tensors?.loaded[rank], view.tensors?.elsewhere[rank]], `${name} rank ${rank}`).toEqual([
          ofRank.totals.loaded.tensors,
          elsewhere,
        ]);
        expect(view.tensors?.loadedBytes[rank]).toBe(ofRank.totals.loaded.bytes);
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(200);
  });

  it('count the bytes of every rank as its parameters do, by kind', () => {
    let compared = 0;
    for (const name of goldenNames()) {
      const plan = planCase(readCase(name));
      const view = placementView(plan, 0);
      for (let rank = 0; rank < view.numRanks; rank++)
        for (const kind of ['drafter', 'target'] as const) {
          const ofRank = planCase(readCase(name), {
            parallel: { ...plan.input.parallel, rank },
            placement: placeRank(plan.input.config, { ...plan.input.parallel, rank }),
            kind,
            tensors: [],
          });
          const row = byteKinds.map((_, at) => view[kind].bytes[rank * byteKinds.length + at]);
          const wanted = byteKinds.map((byteKind) =>
            ofRank.table.parameters
              .filter((parameter) => kindOf(parameter) === byteKind)
              .reduce((sum, { bytes }) => sum + bytes, 0),
          );
          expect(row, `${name} ${kind} rank ${rank}`).toEqual(wanted);
          const failed = view[kind].errors.find(({ ranks }) => ranks.includes(rank));
          expect(failed?.type, `${name} ${kind} rank ${rank}`).toBe(ofRank.initError?.type);
          compared++;
        }
    }
    expect(compared).toBeGreaterThan(400);
  });

  it('know the rows that no loader writes', () => {
    for (const kind of ['drafter', 'target'] as const)
      for (const numRedundantExperts of [0, 4, 8]) {
        const parallel = { tensorParallelSize: 4, enableExpertParallel: true, enableEplb: true, numRedundantExperts };
        const slots = expertSlotsOf(placeGroup(config, { ...singleRank, ...parallel }));
        const loaded = kind === 'drafter' ? slots.loadedByDrafter : slots.loadedByTarget;
        for (let rank = 0; rank < 4; rank++) {
          // Only the MTP layer has tensors in this case; the drafter's rules fill its rows, the target's any row.
          const plan = planOf({ ...parallel, rank }, kind);
          const rows = Array.from(loaded.subarray(slots.start[rank], slots.start[rank + 1]));
          const empty = rows.filter((expert) => expert < 0).length;
          const w2 = plan.table.parameters.findIndex(({ name }) => name.endsWith('experts.w2_weight'));
          const never = plan.slots.never.filter(({ parameter }) => parameter === w2).length;
          if (kind === 'drafter') expect(never, `${numRedundantExperts} rank ${rank}`).toBe(empty);
          expect(rows).toHaveLength(plan.table.parameters[w2]?.shape[0] ?? 0);
        }
      }
  });

  it('tell where tokens meet a row that was never written, and copies that lie on one rank', () => {
    const view = placementView(
      planOf({ tensorParallelSize: 2, enableExpertParallel: true, enableEplb: true, numRedundantExperts: 8 }),
      0,
    );
    expect(Array.from(view.replicas)).toEqual(new Array(8).fill(2));
    // Rank 1 owns the physical experts 8 to 15, the copies: the drafter's loader writes none of them.
    expect(Array.from(view.mismatches.drafter)).toEqual([8, 9, 10, 11, 12, 13, 14, 15]);
    expect(view.mismatches.target).toHaveLength(0);
    expect(view.replicasOnOneRank).toEqual([]);
    const alone = placementView(planOf({ enableEplb: true, numRedundantExperts: 2 }), 0);
    expect(alone.replicasOnOneRank).toEqual([
      { rank: 0, expert: 0, physical: [0, 8] },
      { rank: 0, expert: 1, physical: [1, 9] },
    ]);
    expect(Array.from(alone.mismatches.target)).toEqual([8, 9]);
  });

  it('find every row whose weights are not the ones that are routed to', () => {
    const linear = expertSlotsOf(
      placeGroup(config, { ...singleRank, tensorParallelSize: 4, enableExpertParallel: true }),
    );
    const roundRobin = expertSlotsOf(
      placeGroup(config, {
        ...singleRank,
        tensorParallelSize: 4,
        enableExpertParallel: true,
        expertPlacementStrategy: 'roundRobin',
      }),
    );
    expect(mismatchedRows(linear.routed, linear.loadedByDrafter)).toHaveLength(0);
    // Loaded by one policy, routed by the other: of 8 experts on 4 ranks only 0 and 7 lie where they are looked for.
    expect(Array.from(mismatchedRows(roundRobin.routed, linear.loadedByDrafter))).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('say which policy is in force and why, and how uneven the ranks are', () => {
    const asked = { tensorParallelSize: 3, enableExpertParallel: true, expertPlacementStrategy: 'roundRobin' } as const;
    const view = placementView(planOf({ ...asked, enableEplb: true }), 0);
    expect(view.policy).toMatchObject({ asked: 'roundRobin', inForce: 'linear' });
    expect(view.policy.reason).toContain('load balancing');
    expect(placementView(planOf(asked), 0).policy).toEqual({
      asked: 'roundRobin',
      inForce: 'roundRobin',
      reason: null,
    });
    const uneven = placementView(planOf({ tensorParallelSize: 1, dataParallelSize: 3, enableExpertParallel: true }), 0);
    const totals = Array.from(uneven.drafter.total);
    expect(uneven.drafter.imbalance).toBeCloseTo((Math.max(...totals) * 3) / totals.reduce((a, b) => a + b, 0), 12);
    expect(uneven.drafter.imbalance).toBeGreaterThan(1);
  });
});

describe('moves between two set-ups', () => {
  const ep = (tensorParallelSize: number, more: Partial<ParallelConfig> = {}): ParallelConfig => ({
    ...singleRank,
    tensorParallelSize,
    enableExpertParallel: true,
    ...more,
  });

  it('are none when nothing changes', () => {
    const { expert, moved, held } = expertMovesBetween(placeGroup(config, ep(4)), placeGroup(config, ep(4)));
    expect([expert.length, moved, held]).toEqual([0, 0, 8]);
  });

  it('name the expert, where it comes from and where it goes', () => {
    const moves = expertMovesBetween(
      placeGroup(config, ep(4)),
      placeGroup(config, ep(4, { expertPlacementStrategy: 'roundRobin' })),
    );
    // linear: [0 1][2 3][4 5][6 7]; round robin: [0 4][1 5][2 6][3 7]. Expert 0 and 7 stay, all others move.
    const rows = Array.from(moves.expert, (expert, at) => [
      expert,
      moves.fromRank[at],
      moves.toRank[at],
      moves.share[at],
    ]);
    expect(rows).toEqual([
      [4, 2, 0, 1],
      [1, 0, 1, 1],
      [5, 2, 1, 1],
      [2, 1, 2, 1],
      [6, 3, 2, 1],
      [3, 1, 3, 1],
    ]);
  });

  it('count slices of experts where every rank holds a slice', () => {
    const cut = { ...singleRank, tensorParallelSize: 2 };
    const { moved, held } = expertMovesBetween(placeGroup(config, cut), placeGroup(config, ep(2)));
    // Each rank holds half of all 8 experts and then the whole of 4: it lacks half of those 4.
    expect([moved, held]).toEqual([4, 8]);
    const back = expertMovesBetween(placeGroup(config, ep(2)), placeGroup(config, cut));
    expect(back.moved).toBe(4);
  });

  it('give bytes over all MoE layers', () => {
    const view = movesView(config, ep(4), ep(4, { expertPlacementStrategy: 'roundRobin' }), 'drafter');
    const held = placementView(planOf(ep(4)), 0).drafter;
    const at = byteKinds.indexOf('routedExperts');
    const inParameters = [0, 1, 2, 3].reduce((sum, rank) => sum + (held.bytes[rank * byteKinds.length + at] ?? 0), 0);
    expect(view.heldBytes).toBe(inParameters);
    expect(view.movedBytes).toBe((inParameters * 6) / 8);
    expect(view.moves.bytes.reduce((sum, value) => sum + value, 0)).toBe(view.movedBytes);
  });
});
