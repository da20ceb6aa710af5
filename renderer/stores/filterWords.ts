/** The tensor filter as words, for places and links: by rule id and outcome name, not by number in a plan. Pure. */
import type { Plan } from '../../electron/common/contract.ts';
import { type Outcome, outcomes } from '../../electron/common/domain.ts';
import { type FileRun, noFilter, type TensorFilter } from './tensorFilter.ts';

export type FilterWords = Readonly<Record<string, string>>;

export function filterToWords(filter: TensorFilter, plan: Plan): FilterWords {
  const words: Record<string, string> = {};
  if (filter.search.trim() !== '') words.search = filter.search;
  const outcome = filter.outcome === null ? undefined : outcomes[filter.outcome];
  if (outcome !== undefined) words.outcome = outcome;
  const rule = filter.rule === null ? undefined : plan.rules[filter.rule]?.id;
  if (rule !== undefined) words.rule = rule;
  if (filter.layer !== null) words.layer = String(filter.layer);
  if (filter.files !== null) words.file = fileRunText(filter.files);
  if (filter.dtype !== null) words.dtype = filter.dtype;
  if (filter.parameter !== null) words.parameter = filter.parameter;
  return words;
}

/** Words that mean nothing here filter nothing. */
export function filterFromWords(words: FilterWords, plan: Plan): TensorFilter {
  const outcome = outcomes.indexOf(words.outcome as Outcome);
  const rule = plan.rules.findIndex((candidate) => candidate.id === words.rule);
  const number = (word = '') => (/^-?\d{1,6}$/.test(word) ? Number(word) : null);
  return {
    ...noFilter,
    search: words.search ?? '',
    outcome: outcome < 0 ? null : outcome,
    rule: rule < 0 ? null : rule,
    layer: number(words.layer),
    files: fileRunOf(words.file),
    dtype: words.dtype ?? null,
    parameter: words.parameter ?? null,
  };
}

/** "7" for one file, "20~40" for a run; what is neither is no filter. */
export function fileRunText({ first, last }: FileRun): string {
  return first === last ? String(first) : `${first}~${last}`;
}

export function fileRunOf(text = ''): FileRun | null {
  const match = /^(-?\d{1,6})(?:~(\d{1,6}))?$/.exec(text);
  if (match === null) return null;
  const first = Number(match[1]);
  return { first, last: match[2] === undefined ? first : Number(match[2]) };
}
