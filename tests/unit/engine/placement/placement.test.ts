/** Expert maps, vocabulary shards and fallbacks against outputs of the reference's own functions. */
import { describe, expect, it } from 'vitest';
import { type ParallelConfig, singleRank } from '../../../../electron/common/domain.ts';
import { configFromJson } from '../../../../electron/engine/checkpoint/modelConfig.ts';
import { initialPhysicalToLogical } from '../../../../electron/engine/placement/eplb.ts';
import { localExperts, placeRank } from '../../../../electron/engine/placement/expertPlacement.ts';
import { splitRank, vocabShard } from '../../../../electron/engine/placement/tensorParallel.ts';
import { readCase, readGolden } from '../loading/goldenCases.ts';

/** Expert maps and, among them, the first assignment of redundant experts. */
interface ExpertMapCase {
  readonly n: number;
  readonly ep_size: number;
  readonly ep_rank: number;
  readonly placement: string;
  readonly local?: number;
  readonly map?: readonly number[] | null;
  readonly error?: string;
  readonly routed?: number;
  readonly redundant?: number;
  readonly physical_to_logical?: readonly number[];
}

const expertMaps = readGolden<ExpertMapCase[]>('math', 'expert_maps.json.gz');
const mapCases = expertMaps.filter(({ placement }) => placement === 'linear' || placement === 'round_robin');
const config = configFromJson(readCase('bf16-1mtp-tp1-r0').config);

function place(options: Partial<ParallelConfig>, changes: Record<string, unknown> = {}) {
  return placeRank(configFromJson({ ...config.raw, ...changes }), { ...singleRank, ...options });
}

describe('expert maps', () => {
  it('has cases of both policies, with and without errors', () => {
    expect(mapCases.length).toBeGreaterThan(200);
    expect(mapCases.some(({ error }) => error !== undefined)).toBe(true);
  });

  it('agrees with the reference in every case', () => {
    for (const golden of mapCases) {
      const policy = golden.placement === 'linear' ? 'linear' : 'roundRobin';
      const result = localExperts(golden.n, golden.ep_size, golden.ep_rank, policy);
      const label = JSON.stringify(golden);
      if (golden.error !== undefined) expect(result, label).toMatchObject({ type: golden.error });
      else expect(result, label).toEqual({ count: golden.local, map: golden.map });
    }
  });

  it('gives every physical expert to exactly one rank', () => {
    for (const policy of ['linear', 'roundRobin'] as const)
      for (const tensorParallelSize of [2, 3, 4, 7]) {
        const { experts } = place({ tensorParallelSize, enableExpertParallel: true, expertPlacementStrategy: policy });
        expect(experts.expertsOfRank.flat().sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      }
  });
});

describe('fallbacks', () => {
  const roundRobin = {
    tensorParallelSize: 4,
    enableExpertParallel: true,
    expertPlacementStrategy: 'roundRobin',
  } as const;

  it('honours round robin where the engine does', () => {
    const { experts } = place(roundRobin);
    expect(experts.policy).toBe('roundRobin');
    expect(experts.notes).toEqual([]);
  });

  it.each([
    ['one group', {}, { n_group: 1 }, 'n_group'],
    ['load balancing', { enableEplb: true }, {}, 'load balancing'],
    ['redundant experts', { enableEplb: true, numRedundantExperts: 4 }, {}, 'redundant'],
    ['all2all kernels', { dataParallelSize: 2 }, {}, 'deepep_low_latency'],
    ['no expert parallelism', { enableExpertParallel: false }, {}, 'not active'],
  ])('falls back to linear with %s, and says so', (_, options, changes, word) => {
    const { experts } = place({ ...roundRobin, ...options }, changes);
    expect(experts.policy).toBe('linear');
    expect(experts.notes[0]).toContain(word);
  });

  it('cuts experts across data-parallel ranks when expert parallelism is off', () => {
    const { experts } = place({ dataParallelSize: 2, rank: 1 });
    expect([experts.moeTpSize, experts.moeTpRank, experts.expertMap]).toEqual([2, 1, null]);
  });
});

describe('redundant experts', () => {
  it('start as copies from the front, as in the reference', () => {
    const cases = expertMaps.filter(({ physical_to_logical }) => physical_to_logical !== undefined);
    expect(cases.length).toBeGreaterThan(3);
    for (const { routed = 0, redundant = 0, physical_to_logical } of cases)
      expect(initialPhysicalToLogical(routed, redundant)).toEqual(physical_to_logical);
  });

  it.each([[{ enableEplb: true, numRedundantExperts: 3 }], [{ enableEplb: false, numRedundantExperts: 4 }]])(
    'are refused with %o',
    (options) => {
      const { expertError } = place({ tensorParallelSize: 4, enableExpertParallel: true, ...options });
      expect(expertError?.type).toBe('AssertionError');
    },
  );
});

describe('vocabulary', () => {
  it('agrees with the reference in every case', () => {
    const cases = readGolden<
      { vocab: number; tp: number; rank: number; padded: number; rows: number; start: number; end: number }[]
    >('math', 'vocab_shards.json.gz');
    expect(cases.length).toBeGreaterThan(100);
    for (const { vocab, tp, rank, ...shard } of cases) expect(vocabShard(vocab, tp, rank)).toEqual(shard);
  });

  it('cannot be cut when the padded rows do not divide', () => {
    expect(vocabShard(64, 3, 0)).toBeNull();
  });
});

describe('ranks', () => {
  it('count data-parallel groups of tensor-parallel ranks', () => {
    expect(splitRank(5, 4)).toEqual({ dpRank: 1, tpRank: 1 });
  });
});
