/** Second reading, section 7: which box of a tensor goes into which box of a parameter. */

import type { Param } from './model.ts';
import type { ExpertRanks } from './ranks.ts';
import { atLeast1d, check, checkCopy, narrow, numel, type Range, sameShape, type View, whole } from './tensors.ts';

export interface CopyRecord {
  dst: Range[];
  src?: Range[];
  fill?: number;
}

export const loaderNames: Record<Param['loader'], string> = {
  default: 'default_weight_loader',
  replicated: 'ReplicatedLinear.weight_loader',
  column: 'ColumnParallelLinear.weight_loader_v2',
  row: 'RowParallelLinear.weight_loader_v2',
  merged: 'MergedColumnParallelLinear.weight_loader_v2',
  qkv: 'QKVParallelLinear.weight_loader_v2',
  vocab: 'VocabParallelEmbedding.weight_loader',
  experts: 'FusedMoE.weight_loader',
};

/** Marks the elements of a box as written. */
function mark(param: Param, dst: Range[]): void {
  const visit = (dim: number, offset: number): void => {
    if (dim === dst.length) {
      param.written[offset] = 1;
      return;
    }
    const [start, end] = dst[dim] as Range;
    for (let at = start; at < end; at++) visit(dim + 1, offset * (param.shape[dim] as number) + at);
  };
  visit(0, 0);
}

function record(param: Param, copies: CopyRecord[], copy: CopyRecord): void {
  mark(param, copy.dst);
  copies.push(copy);
}

function assertAndCopy(param: Param, dst: View, src: View, copies: CopyRecord[]): void {
  check(sameShape(dst.shape, src.shape));
  record(param, copies, { dst: dst.box, src: src.box });
}

/** @param copies gets the copies made, also those made before something is raised */
export function loadInto(
  param: Param,
  source: View,
  shard: number | null,
  vocab: number,
  scalar: number,
  copies: CopyRecord[],
): void {
  const target = whole(param.shape);
  switch (param.loader) {
    case 'default':
      if (numel(param.shape) === 1 && numel(source.shape) === 1)
        record(param, copies, { dst: target.box, fill: scalar });
      else assertAndCopy(param, target, source, copies);
      return;
    case 'replicated':
      assertAndCopy(param, target, atLeast1d(source), copies);
      return;
    case 'column':
    case 'row': {
      const dim = param.loader === 'column' ? 0 : 1;
      const given = atLeast1d(source);
      const size = param.shape[dim] as number;
      assertAndCopy(param, target, param.perTensor ? given : narrow(given, dim, param.t * size, size), copies);
      return;
    }
    case 'merged':
    case 'qkv':
      if (shard !== null || param.perTensor) loadPart(param, source, shard ?? 0, copies);
      else {
        let offset = 0;
        for (const [part, size] of param.parts.entries()) {
          loadPart(param, narrow(source, 0, offset, size), part, copies);
          offset += size;
        }
      }
      return;
    case 'vocab': {
      check(source.shape.length > 0, 'IndexError');
      check(source.shape[0] === vocab);
      const rows = param.shape[0] as number;
      const start = Math.min(param.t * rows, vocab);
      const count = Math.min((param.t + 1) * rows, vocab) - start;
      const part = narrow(source, 0, start, count);
      const dst = narrow(target, 0, 0, count);
      checkCopy(dst.shape, part.shape);
      record(param, copies, { dst: dst.box, src: part.box });
      record(param, copies, { dst: narrow(target, 0, count, rows - count).box, fill: 0 });
      return;
    }
    case 'experts':
      check(false, 'TypeError');
  }
}

function loadPart(param: Param, source: View, shard: number, copies: CopyRecord[]): void {
  if (param.perTensor) {
    check(source.shape.length === 0 || source.shape[0] === 1);
    const element = source.shape.length === 0 ? source : { box: source.box, shape: source.shape.slice(1) };
    check(element.shape.length === 0);
    record(param, copies, { dst: [[shard, shard + 1]], src: element.box });
    return;
  }
  const blocks = (rows: number): number => (param.block === null ? rows : Math.ceil(rows / param.block));
  const before = param.parts.slice(0, shard).reduce((a, b) => a + b, 0);
  const offset = Math.floor(blocks(before) / param.tp);
  const size = Math.floor(blocks(param.parts[shard] as number) / param.tp);
  const dst = narrow(whole(param.shape), 0, offset, size);
  assertAndCopy(param, dst, narrow(source, 0, param.t * size, size), copies);
}

export type ExpertShard = 'w1' | 'w2' | 'w3';

/** @returns false when the expert is on another rank */
export function loadExpert(
  param: Param,
  source: View,
  shard: ExpertShard,
  id: number,
  ranks: ExpertRanks,
  copies: CopyRecord[],
): boolean {
  if (ranks.map !== null) check(id < ranks.map.length, 'IndexError');
  const local = ranks.map === null ? id : (ranks.map[id] as number);
  if (local === -1) return false;
  const row: Range = [local, local + 1];
  if (param.perTensor) {
    const intoTwo = param.shape.length === 2;
    check(numel(source.shape) === 1, 'RuntimeError');
    const half: Range = shard === 'w1' ? [0, 1] : [1, 2];
    record(param, copies, { dst: intoTwo ? [row, half] : [row], src: source.box });
    return true;
  }
  const all = source.shape.length === 3;
  const dim = (shard === 'w2' ? 1 : 0) + (all ? 1 : 0);
  const target = whole(all ? param.shape : param.shape.slice(1));
  const n = shard === 'w2' ? (target.shape[dim] as number) : Math.floor((target.shape[dim] as number) / 2);
  const part = source.shape.length === 0 ? source : narrow(source, dim, param.t * n, n);
  const dst = shard === 'w2' ? target : narrow(target, dim, shard === 'w1' ? 0 : n, n);
  checkCopy(dst.shape, part.shape);
  record(param, copies, { dst: all ? dst.box : [row, ...dst.box], src: part.box });
  return true;
}
