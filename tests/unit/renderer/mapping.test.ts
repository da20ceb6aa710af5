import { describe, expect, it } from 'vitest';
import { shortFileNames } from '../../../renderer/format.ts';
import { fuzzyScore } from '../../../renderer/stores/fuzzy.ts';
import { mappingFlow, parameterGroup } from '../../../renderer/stores/mappingFlow.ts';
import { modulesAbove, moduleTotals, moduleTree, treeRows } from '../../../renderer/stores/moduleTree.ts';
import { globMatcher, parseQuery } from '../../../renderer/stores/nameQuery.ts';
import { filterTensors, noFilter } from '../../../renderer/stores/tensorFilter.ts';
import { nextSort, sortTensors } from '../../../renderer/stores/tensorOrder.ts';
import { flowBands, flowBoxes, flowScale } from '../../../renderer/widgets/flowLayout.ts';
import { sampleCheckpoint, samplePlan } from './samples.ts';

const checkpoint = sampleCheckpoint();
const plan = samplePlan();
const matchesGlob = (name: string, glob: string) => globMatcher(glob)(name);
const all = Uint32Array.from([0, 1, 2, 3, 4]);

describe('the search language', () => {
  it('tells words, globs and terms apart', () => {
    expect(parseQuery(' Up_Proj  experts.1?7* slot:W3 odd:thing rule: ')).toEqual({
      words: ['up_proj', 'odd:thing'],
      globs: ['experts.1?7*'],
      terms: [{ key: 'slot', value: 'w3' }],
    });
  });

  it('matches globs anywhere, in order, without going back over what was used', () => {
    expect(matchesGlob('layers.61.mlp.experts.137.up', 'experts.1?7*up')).toBe(true);
    expect(matchesGlob('layers.61.mlp.experts.147.up', 'experts.13?')).toBe(false);
    expect(matchesGlob('abc', 'c*a')).toBe(false);
    expect(matchesGlob('ab', 'ab*b')).toBe(false);
    expect(matchesGlob('x', '*')).toBe(true);
    expect(matchesGlob('', '?')).toBe(false);
  });

  it('stays quick on a glob that backtracking would choke on', () => {
    expect(matchesGlob('a'.repeat(20_000), `${'a*'.repeat(500)}b`)).toBe(false);
  });

  it('prefers beginnings of parts, runs and short names', () => {
    const wanted = 'model.layers.61.mlp.experts.137.up_proj.weight';
    expect(fuzzyScore(wanted, '61e137up')).toBeGreaterThan(fuzzyScore(`${wanted}_scale_inv`, '61e137up'));
    expect(fuzzyScore(wanted, 'up137')).toBe(-1);
    expect(fuzzyScore('a.bc', 'bc')).toBeGreaterThan(fuzzyScore('abxc', 'bc'));
  });
});

describe('sortTensors', () => {
  it('takes numbers in names as numbers, and turns round on the second press', () => {
    const names = ['layers.10.w', 'layers.2.w', 'embed'];
    const numbered = { ...checkpoint, tensors: { ...checkpoint.tensors, names } };
    const rows = Uint32Array.from([0, 1, 2]);
    const ascending = nextSort(null, 'tensor');
    expect([...sortTensors(rows, numbered, plan, ascending)]).toEqual([2, 1, 0]);
    const descending = nextSort(ascending, 'tensor');
    expect([...sortTensors(rows, numbered, plan, descending)]).toEqual([0, 1, 2]);
    expect(nextSort(descending, 'tensor')).toBeNull();
  });

  it('keeps the order of the checkpoint among equals, in both directions, exactly for large sizes', () => {
    const bytes = Float64Array.from([2 ** 33, 1, 2 ** 33, 0, 1]);
    const sized = { ...checkpoint, tensors: { ...checkpoint.tensors, bytes } };
    const sorted = (descending: boolean) => [...sortTensors(all, sized, plan, { column: 'bytes', descending })];
    expect(sorted(false)).toEqual([3, 1, 4, 0, 2]);
    expect(sorted(true)).toEqual([0, 2, 1, 4, 3]);
  });
});

describe('the tree of modules', () => {
  const tree = moduleTree(checkpoint.tensors.names);
  const totals = moduleTotals(tree, all, checkpoint.tensors.bytes, plan.tensors.outcome);
  const nodeOf = (path: string) => tree.paths.indexOf(path);

  it('counts every tensor in its module and all above it', () => {
    expect(totals.tensors[nodeOf('model')]).toBe(5);
    expect(totals.bytes[nodeOf('model.layers.4')]).toBe(200);
    expect([...totals.outcomes.slice(3 * nodeOf('model.layers'), 3 * nodeOf('model.layers') + 3)]).toEqual([2, 1, 1]);
  });

  it('shows only what is unfolded and only modules with shown tensors, numbers in order', () => {
    const open = new Set(['model', 'model.layers']);
    const words = (rows: ReturnType<typeof treeRows>) =>
      rows.map((row) =>
        row.kind === 'module' ? `${row.level} ${tree.names[row.node]}` : `${row.level} #${row.tensor}`,
      );
    expect(words(treeRows(tree, all, totals, open))).toEqual([
      '0 model',
      '1 embed_tokens',
      '1 layers',
      '2 0',
      '2 4',
      '2 40',
    ]);
    const some = Uint32Array.from([4]);
    const fewer = moduleTotals(tree, some, checkpoint.tensors.bytes, plan.tensors.outcome);
    const deep = new Set([...open, ...modulesAbove(tree, 4)]);
    expect(words(treeRows(tree, some, fewer, deep))).toEqual(['0 model', '1 layers', '2 40', '3 enorm', '4 #4']);
  });

  it('has a place for names without a module', () => {
    const flat = moduleTree(['weight']);
    expect(flat.paths).toEqual(['(top)']);
  });
});

describe('the flow', () => {
  it('adds up at each border', () => {
    const named = {
      ...plan,
      parameters: [
        {
          name: 'model.layers.4.mtp_block.mlp.experts.w13_weight',
          shape: [2, 2],
          dtype: 'BF16',
          bytes: 8,
          numel: 4,
          covered: 4,
          slots: [],
        },
      ],
    };
    const flow = mappingFlow(checkpoint, named, all, 'bytes');
    expect(flow.files.map(({ value }) => value)).toEqual([500]);
    expect(flow.rules.map(({ label, value }) => [label, value])).toEqual([
      ['1 other', 200],
      ['2 expert', 200],
      ['3 direct', 100],
    ]);
    expect(flow.parameters.map(({ label, tensors }) => [label, tensors])).toEqual([['experts.w13_weight', 2]]);
    expect(flow.fromFiles.reduce((sum, { value }) => sum + value, 0)).toBe(500);
    expect(flow.toParameters).toEqual([{ from: 1, to: 0, value: 200, tensors: 2, bytes: 200, outcome: 0 }]);
  });

  it('joins many files into few bands that hold each file once', () => {
    const files = Array.from({ length: 163 }, (_, at) => ({
      name: `model-${String(at + 1).padStart(5, '0')}-of-000163.safetensors`,
      bytes: 1,
      tensors: 1,
    }));
    const names = files.map(({ name }) => name);
    const many = {
      ...checkpoint,
      files,
      tensors: { ...checkpoint.tensors, names, file: Int32Array.from(files, (_, at) => at) },
    };
    const flow = mappingFlow(
      many,
      plan,
      Uint32Array.from(files, (_, at) => at),
      'tensors',
    );
    expect(flow.files.length).toBeLessThanOrEqual(8);
    expect(flow.files.flatMap(({ members }) => members)).toEqual(files.map((_, at) => at));
    expect(flow.files[0]?.label).toBe('1 – 21');
    const run = { first: 21, last: 41 };
    const within = filterTensors(many, plan, { ...noFilter, files: run }).rows;
    expect(mappingFlow(many, plan, within, 'tensors').files[0]?.label).toBe('22 – 24');
  });

  it('shortens file names to what tells them apart, with whole numbers and words', () => {
    expect(shortFileNames(['model-1-of-2.x', 'mtp-1.x'])).toEqual(['model-1-of-2', 'mtp-1']);
    expect(shortFileNames(['main-part.x', 'mtp-art.x'])).toEqual(['main-part', 'mtp-art']);
    expect(shortFileNames(['a-10.x', 'a-11.x'])).toEqual(['10', '11']);
    expect(shortFileNames(['only.x'])).toEqual(['only.x']);
    expect(shortFileNames(['same', 'same'])).toEqual(['same', 'same']);
  });

  it('groups parameters by part of the model', () => {
    expect(parameterGroup('model.layers.61.mtp_block.self_attn.o_proj.weight')).toBe('attention');
    expect(parameterGroup('model.layers.61.shared_head.head.weight')).toBe('head');
    expect(parameterGroup('model.layers.61.enorm.weight')).toBe('norms');
  });
});

describe('the layout of a flow', () => {
  it('fits every column into the height, and bands into their bars', () => {
    const columns = [[90_000, 1, 1], [90_002]];
    const scale = flowScale(columns, 120, 18);
    const boxes = columns.map((values) => flowBoxes(values, scale, 18));
    for (const list of boxes) {
      const last = list.at(-1);
      expect((last?.top ?? 0) + (last?.height ?? 0)).toBeLessThanOrEqual(120.01);
    }
    expect(boxes[0]?.[1]?.height).toBe(18);
    const bands = flowBands(
      [
        { from: 0, to: 0, value: 90_000 },
        { from: 1, to: 0, value: 1 },
      ],
      boxes[0] ?? [],
      boxes[1] ?? [],
      scale,
    );
    expect(bands[1]?.thickness).toBeGreaterThanOrEqual(1);
    expect(bands[1]?.toTop).toBeGreaterThan(bands[0]?.toTop ?? 0);
  });
});
