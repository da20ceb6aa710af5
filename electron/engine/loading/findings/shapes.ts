/** Which tensor of a plan goes into which parameter, with the shape that is expected of it. */
import type { SlotId, Tensor } from '../../../common/domain.ts';
import { shapeText } from '../boxes.ts';
import { cutText, expectedShape, isExpected } from '../expectedShape.ts';
import { slotNames, tensorsThatEnd } from '../loadPlan.ts';
import { traceTensor } from '../loadTrace.ts';
import type { ParameterSpec } from '../parameterSpec.ts';
import type { LoadPicture, OnRanks } from './loadPicture.ts';

export interface Placed {
  readonly tensor: Tensor;
  readonly parameter: ParameterSpec;
  readonly slot: SlotId;
}

const slotOf: readonly SlotId[] = slotNames.map((name) =>
  name === '' ? null : name === '0' ? 0 : name === '1' ? 1 : (name as 'w1' | 'w2' | 'w3'),
);

/** Several findings look at the same tensors of a picture. */
const loaded = new WeakMap<LoadPicture, readonly OnRanks<Placed>[]>();

/** Tensors that are loaded on any rank, each once. */
export function loadedTensors(picture: LoadPicture): readonly OnRanks<Placed>[] {
  const found = loaded.get(picture) ?? findLoaded(picture);
  loaded.set(picture, found);
  return found;
}

function findLoaded({ plans }: LoadPicture): OnRanks<Placed>[] {
  const found = new Map<number, { what: Placed; ranks: number[] }>();
  for (const { plan, ranks, tensorOf } of plans) {
    const { parameter, slot } = plan.columns;
    for (const index of tensorsThatEnd(plan, 'loaded')) {
      const spec = plan.table.parameters[parameter[index] ?? -1];
      const tensor = plan.input.tensors[index];
      if (spec === undefined || tensor === undefined) continue;
      const key = tensorOf(index);
      const known = found.get(key);
      if (known !== undefined) known.ranks.push(...ranks);
      else
        found.set(key, {
          what: { tensor, parameter: spec, slot: slotOf[slot[index] ?? 0] ?? null },
          ranks: [...ranks],
        });
    }
  }
  return [...found.values()];
}

/** Tensors whose loader refuses their shape. */
export function refusedTensors({ plans }: LoadPicture): OnRanks<Placed>[] {
  const found = new Map<number, { what: Placed; ranks: number[] }>();
  for (const { plan, ranks, tensorOf } of plans) {
    if (plan.initError !== null) continue;
    for (const index of tensorsThatEnd(plan, 'error')) {
      const tensor = plan.input.tensors[index];
      if (tensor === undefined || tensor.file < 0) continue;
      const known = found.get(tensorOf(index));
      if (known !== undefined) {
        known.ranks.push(...ranks);
        continue;
      }
      const call = traceTensor(plan, index).calls.at(-1);
      const parameter = call === undefined ? undefined : plan.table.parameters[call.parameter];
      if (call === undefined || call.error === null || parameter === undefined || call.chunk !== null) continue;
      if (call.expertId === null && parameter.loader.kind === 'experts') continue;
      found.set(tensorOf(index), { what: { tensor, parameter, slot: call.shard }, ranks: [...ranks] });
    }
  }
  return [...found.values()];
}

export function hasOtherShape({ tensor, parameter, slot }: Placed): boolean {
  return tensor.file >= 0 && !isExpected(tensor.shape, expectedShape(parameter, slot));
}

/** "name: [8, 4] in the file, [16, 4] expected; rank 1 of 2 takes rows 8 to 16, 8 = 16 / 2" */
export function shapesText({ tensor, parameter, slot }: Placed): string {
  return `${tensor.name}: ${shapeText(tensor.shape)} in the file, ${shapeText(expectedShape(parameter, slot))} expected for ${parameter.name} ${shapeText(parameter.shape)}${cutText(parameter, slot)}`;
}
