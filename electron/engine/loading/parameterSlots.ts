/** One parameter as a grid: its slots by expert or vocabulary shard, and which tensor fills each. */
import type { ParameterSlots } from '../../common/contract.ts';
import { slotStates } from '../../common/schemas/plan.ts';
import type { LoadPlan } from './loadPlan.ts';
import type { ParameterSpec } from './parameterSpec.ts';
import { usualWriters } from './slotCoverage.ts';

type Columns = Pick<ParameterSlots, 'columnsAre' | 'ranks'> & {
  /** Expert row of the parameter that each column stands for; -1 = another rank's. */
  readonly rows: readonly number[];
};

/**
 * @param index of a parameter of the plan
 * @throws RangeError there is none of that index
 */
export function parameterSlots(plan: LoadPlan, index: number): ParameterSlots {
  const parameter = plan.table.parameters[index];
  if (parameter === undefined) throw new RangeError(`There is no parameter ${index}.`);
  const { columnsAre, ranks, rows } = columnsOf(plan, parameter);
  const perRow = parameter.slotIds.length;
  const size = perRow * rows.length;
  const states = new Uint8Array(size);
  const tensors = new Int32Array(size).fill(-1);
  const writers = new Uint16Array(size);
  for (let slot = 0; slot < perRow; slot++)
    for (const [column, row] of rows.entries()) {
      if (row < 0) continue;
      const cell = slot * rows.length + column;
      const wrote = plan.coverage.writersOf(parameter.firstSlot + row * perRow + slot);
      tensors[cell] = wrote.at(-1) ?? -1;
      writers[cell] = wrote.length;
      const state = wrote.length === 0 ? 'never' : wrote.length > usualWriters(parameter) ? 'twice' : 'filled';
      states[cell] = slotStates.indexOf(state);
    }
  const slots = parameter.slotIds.map((slot) => (slot === null ? '' : String(slot)));
  return { parameter: index, columnsAre, slots, ranks, states, tensors, writers };
}

function columnsOf({ input }: LoadPlan, { loader, expertRows }: ParameterSpec): Columns {
  const { parallel, placement } = input;
  if (expertRows !== null) return expertColumns(input, expertRows);
  if (loader.kind === 'vocabulary' && placement.tpSize > 1) {
    const first = parallel.rank - placement.tpRank;
    const shards = Array.from({ length: placement.tpSize }, (_, shard) => shard);
    return {
      columnsAre: 'vocabularyShards',
      ranks: Int32Array.from(shards, (shard) => first + shard),
      rows: shards.map((shard) => (shard === placement.tpRank ? 0 : -1)),
    };
  }
  return { columnsAre: 'whole', ranks: Int32Array.of(parallel.rank), rows: [0] };
}

/** Physical experts of all ranks, then the fused shared ones, whose rows every rank has after its own. */
function expertColumns({ parallel, placement }: LoadPlan['input'], expertRows: number): Columns {
  const { experts, numFusedSharedExperts } = placement;
  const { expertMap, expertsOfRank, numPhysicalExperts, useExpertParallel } = experts;
  const size = numPhysicalExperts + numFusedSharedExperts;
  const ranks = new Int32Array(size).fill(useExpertParallel ? -1 : parallel.rank);
  if (useExpertParallel)
    for (const [rank, held] of expertsOfRank.entries()) for (const id of held) if (ranks[id] === -1) ranks[id] = rank;
  const ownRows = expertRows - numFusedSharedExperts;
  const rows = Array.from({ length: size }, (_, id) => {
    if (id >= numPhysicalExperts) return ownRows + id - numPhysicalExperts;
    return expertMap === null ? id : (expertMap[id] ?? -1);
  });
  for (const [id, row] of rows.entries()) if (row >= 0) ranks[id] = parallel.rank;
  return { columnsAre: 'experts', ranks, rows };
}
