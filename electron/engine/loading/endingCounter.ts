/** Counts how tensors end, by ending and by outcome. */
import type { Outcome, RaisedError, Tensor } from '../../common/domain.ts';
import { type Ending, endings, type LoadRule } from './loadRule.ts';

/** A way to end, with how many tensors ended so. `id` is one of the recorded words: stacked, skip:..., error:... */
export interface EndingCount {
  readonly id: string;
  readonly outcome: Outcome;
  readonly explain: string;
  readonly source: string;
  readonly tensors: number;
  readonly bytes: number;
}

export interface Total {
  readonly tensors: number;
  readonly bytes: number;
}

export interface Totals {
  readonly loaded: Total;
  readonly skipped: Total;
  readonly error: Total;
}

/** Counts tensors and bytes per ending; failures get an entry when the first one of their type comes. */
export class EndingCounter {
  private readonly list: {
    id: string;
    outcome: Outcome;
    explain: string;
    source: string;
    tensors: number;
    bytes: number;
  }[] = [];
  private readonly indexOf = new Map<string, number>();

  constructor(rules: readonly LoadRule[]) {
    for (const rule of rules)
      for (const ending of rule.endings)
        this.add(ending, endings[ending].outcome, endings[ending].explain, rule.source);
  }

  count(ending: Ending, tensor: Tensor): number {
    return this.countId(ending, tensor);
  }

  countError(error: RaisedError, tensor: Tensor): number {
    const id = `error:${error.type}`;
    if (!this.indexOf.has(id)) this.add(id, 'error', errorExplanation(error.type), 'raised while loading');
    return this.countId(id, tensor);
  }

  /**
   * Many at once.
   * @param index of the ending among those of all rules, in their order
   */
  countMany(index: number, { tensors, bytes }: Total): void {
    const entry = this.list[index];
    if (entry === undefined) return;
    entry.tensors += tensors;
    entry.bytes += bytes;
  }

  private add(id: string, outcome: Outcome, explain: string, source: string): void {
    this.indexOf.set(id, this.list.length);
    this.list.push({ id, outcome, explain, source, tensors: 0, bytes: 0 });
  }

  private countId(id: string, tensor: Tensor): number {
    const index = this.indexOf.get(id) ?? 0;
    const entry = this.list[index];
    if (entry !== undefined) {
      entry.tensors++;
      entry.bytes += tensor.end - tensor.begin;
    }
    return index;
  }

  rules(): readonly EndingCount[] {
    return this.list;
  }

  totals(): Totals {
    const total = (outcome: Outcome): Total => {
      const own = this.list.filter((entry) => entry.outcome === outcome);
      return {
        tensors: own.reduce((sum, entry) => sum + entry.tensors, 0),
        bytes: own.reduce((sum, entry) => sum + entry.bytes, 0),
      };
    };
    return { loaded: total('loaded'), skipped: total('skipped'), error: total('error') };
  }
}

function errorExplanation(type: string): string {
  switch (type) {
    case 'KeyError':
      return 'The model has no parameter of the name that the tensor ends up with, so the lookup raises KeyError.';
    case 'AssertionError':
      return 'The shape is not the one that the parameter wants, so the loader raises AssertionError.';
    case 'RuntimeError':
      return 'The tensor is too small to be cut, or cannot be spread over its place, so the copy raises RuntimeError.';
    case 'TypeError':
      return 'The loader of expert weights is reached under a name that does not say which expert: TypeError.';
    default:
      return `The reference raises ${type} at this tensor.`;
  }
}
