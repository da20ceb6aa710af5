import type { ParallelConfig } from '../../electron/common/domain.ts';

/** Ranks of one node: more are counted as data-parallel ones. */
const nodeSize = 8;

/** So many ranks as they are usually cut: tensor-parallel within a node, data-parallel beyond it. 320 -> tp 8, dp 40 */
export function rankSizes(ranks: number): Pick<ParallelConfig, 'tensorParallelSize' | 'dataParallelSize'> {
  let tensorParallelSize = Math.min(ranks, nodeSize);
  while (tensorParallelSize > 1 && ranks % tensorParallelSize !== 0) tensorParallelSize -= 1;
  return { tensorParallelSize, dataParallelSize: ranks / tensorParallelSize };
}
