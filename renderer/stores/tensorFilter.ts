/** Which tensors the Mapping view shows: an index array, no object per row. Pure. */
import type { Checkpoint, Plan } from '../../electron/common/contract.ts';
import { fuzzyScore } from './fuzzy.ts';
import { globMatcher, type NameQuery, parseQuery, type TermKey } from './nameQuery.ts';

/** Indices of the first and the last file; -1 stands for tensors in no file. */
export interface FileRun {
  readonly first: number;
  readonly last: number;
}

export interface TensorFilter {
  /** See nameQuery.ts. */
  readonly search: string;
  /** Index into outcomes, rules, layers (-1 = tensors of no layer); null = any. */
  readonly outcome: number | null;
  readonly rule: number | null;
  readonly layer: number | null;
  /** Files that lie beside each other; null = any. */
  readonly files: FileRun | null;
  readonly dtype: string | null;
  /** Name of the parameter that they go into. */
  readonly parameter: string | null;
}

export const noFilter: TensorFilter = {
  search: '',
  outcome: null,
  rule: null,
  layer: null,
  files: null,
  dtype: null,
  parameter: null,
};

export interface FilteredTensors {
  /** Tensor indices: in checkpoint order, or the best match first when `fuzzy`. */
  readonly rows: Uint32Array;
  /** No name holds the words as they are; these hold their letters in order. */
  readonly fuzzy: boolean;
}

type Test = (index: number) => boolean;

const lowered = new WeakMap<readonly string[], readonly string[]>();

function lowerCaseNames(names: readonly string[]): readonly string[] {
  const known = lowered.get(names);
  if (known) return known;
  const made = names.map((name) => name.toLowerCase());
  lowered.set(names, made);
  return made;
}

/** Tensors that pass every part of the filter. Words are looked for exactly first, and letter by letter if that finds nothing. */
export function filterTensors(checkpoint: Checkpoint, plan: Plan, filter: TensorFilter): FilteredTensors {
  const names = lowerCaseNames(checkpoint.tensors.names);
  const query = parseQuery(filter.search);
  const tests = [...fieldTests(checkpoint, plan, filter), ...termTests(checkpoint, plan, query)];
  for (const glob of query.globs) {
    const matches = globMatcher(glob);
    tests.push((index) => matches(names[index] ?? ''));
  }
  const { words } = query;
  const exact = collect(names.length, [
    ...tests,
    ...words.map(
      (word): Test =>
        (index) =>
          (names[index] ?? '').includes(word),
    ),
  ]);
  if (exact.length > 0 || words.length === 0) return { rows: exact, fuzzy: false };
  const scored: { index: number; score: number }[] = [];
  for (const index of collect(names.length, tests)) {
    let score = 0;
    for (const word of words) {
      const one = fuzzyScore(names[index] ?? '', word);
      score = one < 0 || score < 0 ? -1 : score + one;
    }
    if (score >= 0) scored.push({ index, score });
  }
  scored.sort((a, b) => b.score - a.score || a.index - b.index);
  return { rows: Uint32Array.from(scored, ({ index }) => index), fuzzy: scored.length > 0 };
}

function collect(total: number, tests: readonly Test[]): Uint32Array {
  const passing = new Uint32Array(total);
  let count = 0;
  next: for (let index = 0; index < total; index += 1) {
    for (const test of tests) if (!test(index)) continue next;
    passing[count] = index;
    count += 1;
  }
  return passing.subarray(0, count);
}

function fieldTests({ tensors }: Checkpoint, plan: Plan, filter: TensorFilter): Test[] {
  const { outcome, rule, layer, files, dtype, parameter } = filter;
  const tests: Test[] = [];
  if (outcome !== null) tests.push((index) => plan.tensors.outcome[index] === outcome);
  if (rule !== null) tests.push((index) => plan.tensors.rule[index] === rule);
  if (layer !== null) tests.push((index) => tensors.layer[index] === layer);
  if (files !== null) {
    const { first, last } = files;
    tests.push((index) => {
      const file = tensors.file[index] ?? -1;
      return file >= first && file <= last;
    });
  }
  if (dtype !== null) {
    const wanted = tensors.dtypes.indexOf(dtype);
    tests.push((index) => tensors.dtype[index] === wanted);
  }
  if (parameter !== null) {
    const wanted = plan.parameters.findIndex(({ name }) => name === parameter);
    tests.push((index) => wanted >= 0 && plan.tensors.parameter[index] === wanted);
  }
  return tests;
}

/** One test per term; each looks its value up once, not once a tensor. */
function termTests({ tensors, files }: Checkpoint, plan: Plan, query: NameQuery): Test[] {
  const matching = (texts: readonly string[], value: string) =>
    new Set(texts.flatMap((text, at) => (text.toLowerCase().includes(value) ? [at] : [])));
  const makers: Record<TermKey, (value: string) => Test> = {
    slot: (value) => {
      const slot = plan.slotNames.indexOf(value);
      return (index) => plan.tensors.slot[index] === slot && (plan.tensors.parameter[index] ?? -1) >= 0;
    },
    expert: (value) => {
      const expert = Number(value);
      const names = lowerCaseNames(tensors.names);
      const inName = `.experts.${value}.`;
      return (index) => plan.tensors.expert[index] === expert || (names[index] ?? '').includes(inName);
    },
    layer: (value) => {
      const layer = value === 'none' ? -1 : Number(value);
      return (index) => tensors.layer[index] === layer;
    },
    dtype: (value) => {
      const found = tensors.dtypes.map((dtype) => dtype.toLowerCase().startsWith(value));
      return (index) => found[tensors.dtype[index] ?? -1] === true;
    },
    file: (value) => {
      const found = matching(
        files.map(({ name }) => name),
        value,
      );
      return (index) => found.has(tensors.file[index] ?? -1);
    },
    rule: (value) => {
      const found = matching(
        plan.rules.map(({ id }) => id),
        value,
      );
      return (index) => found.has(plan.tensors.rule[index] ?? -1);
    },
    to: (value) => {
      const found = matching(
        plan.parameters.map(({ name }) => name),
        value,
      );
      return (index) => found.has(plan.tensors.parameter[index] ?? -1);
    },
  };
  return query.terms.map(({ key, value }) => makers[key](value));
}

/** Layer numbers that occur, ascending; -1 stands for tensors of no layer. */
export function layersOf(tensors: Checkpoint['tensors']): number[] {
  return [...new Set(tensors.layer)].sort((a, b) => a - b);
}

/** Element types that occur, sorted by name. */
export function dtypesOf(tensors: Checkpoint['tensors']): string[] {
  return [...tensors.dtypes].sort();
}

export function isFiltering(filter: TensorFilter): boolean {
  const { search, ...fields } = filter;
  return search.trim() !== '' || Object.values(fields).some((value) => value !== null);
}
