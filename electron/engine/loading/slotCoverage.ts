/** Who wrote which slot: exact because slots are disjoint and every copy fills whole slots. */
import type { SlotCoverage, SlotId } from '../../common/domain.ts';
import { numSlotsOf, type ParameterSpec, type ParameterTable } from './parameterSpec.ts';
import type { LoaderResult } from './weightLoaders.ts';

export interface SlotSummary {
  readonly slot: SlotId;
  /** Tensors that wrote, summed over expert rows. */
  readonly tensors: number;
  readonly covered: number;
  readonly numel: number;
}

export interface ParameterCoverage {
  /** Elements written at least once. */
  readonly covered: number;
  readonly slots: readonly SlotSummary[];
}

export class CoverageTracker {
  private readonly table: ParameterTable;
  private readonly writes: Uint32Array;
  private readonly firstWriter: Int32Array;
  private readonly laterWriters = new Map<number, number[]>();
  /** Index of the tensor that is running through the rules. */
  tensor = -1;

  constructor(table: ParameterTable) {
    this.table = table;
    this.writes = new Uint32Array(table.numSlots);
    this.firstWriter = new Int32Array(table.numSlots).fill(-1);
  }

  /** @param expertRow local expert; 0 for parameters without expert rows */
  wrote(parameterIndex: number, expertRow: number, result: LoaderResult): void {
    const parameter = this.table.parameters[parameterIndex];
    if (parameter === undefined) return;
    const perRow = parameter.slotIds.length;
    const rows = result.allExpertRows ? (parameter.expertRows ?? 1) : 1;
    for (let row = 0; row < rows; row++)
      for (const slot of result.slots)
        this.writeSlot(parameter.firstSlot + (result.allExpertRows ? row : expertRow) * perRow + slot);
  }

  private writeSlot(slot: number): void {
    const before = this.writes[slot] ?? 0;
    this.writes[slot] = before + 1;
    if (before === 0) this.firstWriter[slot] = this.tensor;
    else {
      const later = this.laterWriters.get(slot);
      if (later === undefined) this.laterWriters.set(slot, [this.tensor]);
      else later.push(this.tensor);
    }
  }

  /** Tensors that wrote a slot, in the order in which they did; the last one's values stay. */
  writersOf(slot: number): readonly number[] {
    return (this.writes[slot] ?? 0) === 0 ? [] : [this.firstWriter[slot] ?? -1, ...(this.laterWriters.get(slot) ?? [])];
  }

  coverageOf(parameter: ParameterSpec): ParameterCoverage {
    const perRow = parameter.slotIds.length;
    const rows = parameter.expertRows ?? 1;
    let covered = 0;
    const slots = parameter.slotIds.map((slot, at): SlotSummary => {
      const numel = parameter.slotNumels[at] ?? 0;
      let tensors = 0;
      let filledRows = 0;
      for (let row = 0; row < rows; row++) {
        const count = this.writes[parameter.firstSlot + row * perRow + at] ?? 0;
        tensors += count;
        if (count > 0) filledRows++;
      }
      covered += filledRows * numel;
      return { slot, tensors, covered: filledRows * numel, numel: rows * numel };
    });
    return { covered, slots };
  }

  /**
   * Slots that were not filled exactly once, in parameter order.
   * @param expertOfRow local expert row -> logical expert, null for fused shared experts
   */
  problems(expertOfRow: (row: number) => number | null): { never: SlotCoverage[]; twice: SlotCoverage[] } {
    const never: SlotCoverage[] = [];
    const twice: SlotCoverage[] = [];
    for (const [index, parameter] of this.table.parameters.entries()) {
      const perRow = parameter.slotIds.length;
      const usual = usualWriters(parameter);
      for (let at = 0; at < numSlotsOf(parameter); at++) {
        const slot = parameter.firstSlot + at;
        const count = this.writes[slot] ?? 0;
        if (count > 0 && count <= usual) continue;
        const numel = parameter.slotNumels[at % perRow] ?? 0;
        (count === 0 ? never : twice).push({
          parameter: index,
          slot: parameter.slotIds[at % perRow] ?? null,
          expert: parameter.expertRows === null ? null : expertOfRow(Math.floor(at / perRow)),
          numel,
          covered: count === 0 ? 0 : numel,
          tensors: this.writersOf(slot),
        });
      }
    }
    return { never, twice };
  }
}

/** Writes of a slot with which nothing is wrong: the scales of gate and up share one place. */
export function usualWriters({ loader, slotIds }: ParameterSpec): number {
  return loader.kind === 'experts' && loader.field === 'inputScale' && slotIds[0] === 'w1' ? 2 : 1;
}
